import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SourceList } from './debian-sources.ts';

const run = promisify(execFile);

/** A small Debian with these packages. `target`: a directory that is not there, or a file that ends in .tar. `scratch`: a directory for files of its own. */
interface Bootstrap {
  suite: string;
  packages: readonly string[];
  lists: readonly SourceList[];
  target: string;
  scratch: string;
}

/** Made by mmdebstrap, which leaves nothing else behind. */
export async function bootstrap({ suite, packages, lists, target, scratch }: Bootstrap): Promise<void> {
  const files = lists.map(({ name, text }) => {
    writeFileSync(join(scratch, name), text);
    return join(scratch, name);
  });
  const words = ['--mode=root', '--variant=minbase', `--include=${packages.join(',')}`, '--skip=output/dev', suite];
  // What it writes is in a /tmp of its own, which is gone with it, also when both are killed.
  const inOwnTmp = 'mount --make-rprivate / && mount -t tmpfs tmpfs /tmp && exec "$@"';
  const alone = ['--pdeathsig', 'KILL', 'unshare', '--mount', 'sh', '-c', inOwnTmp, 'sh'];
  await run('setpriv', [...alone, 'mmdebstrap', ...words, target, ...files], { maxBuffer: 64 * 1024 * 1024 });
}
