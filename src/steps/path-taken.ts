import { KickstartError } from '../errors.ts';
import { canonicalPath } from '../host/allowed-reads.ts';
import type { ReadableSystem } from '../system/system.ts';

/** Whether the path is a directory, or a link to one: administrators move directories to larger disks that way. */
export async function isDirectory(path: string, system: ReadableSystem): Promise<boolean> {
  const named = await system.stat(path);
  const facts = named?.kind === 'link' ? await system.stat(await canonicalPath(path, system)) : named;
  return facts?.kind === 'directory';
}

/** For a path that holds something which is not what must be there, and which is not ours to remove. */
export function pathTaken(path: string, wanted: 'a file' | 'a directory'): KickstartError {
  return new KickstartError('HOST_PATH_TAKEN', {
    what: `There must be ${wanted} at ${path}, and something of another kind is there.`,
    why: 'kickstart did not put it there, so it does not take it away.',
    next: `Look with: ls -ld ${path}; move it away, and run kickstart again.`,
  });
}
