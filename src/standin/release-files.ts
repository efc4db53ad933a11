import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { isPackaged, otherPins } from './packaging-pins.ts';

/** What a release is made from. `tag` has its leading v. */
export type ReleaseSource = { tag: string } & AgentSources;

/** `tree`: a directory, whose `packaging/version` is replaced by the tag. `archive`: the source archive of that release, as it was made once. */
export type AgentSources = { tree: string } | { archive: Buffer };

/** The release that the stand-in agent plays. */
export const standinAgentTag = 'v1.31.0';

/** Name → content of a release's files. The same tree gives the same bytes at any time and place. */
export async function releaseFiles({ tag, ...sources }: ReleaseSource): Promise<ReadonlyMap<string, Buffer>> {
  const archive = 'archive' in sources ? sources.archive : await sourceArchive(tag, sources.tree);
  const names = [`netdata-${tag}.tar.gz`, 'netdata-latest.tar.gz'];
  const sum = createHash('sha256').update(archive).digest('hex');
  const sums = names.map((name) => `${sum} *./${name}\n`).join('');
  return new Map([...names.map((name) => [name, archive] as const), ['sha256sums.txt', Buffer.from(sums)]]);
}

/** The archive `netdata-TAG.tar.gz` of a source tree: what a release of this tag has of it, and the pins that it has besides. */
export async function sourceArchive(tag: string, tree: string): Promise<Buffer> {
  const top = `netdata-${tag}`;
  const parts = [entry({ path: `${top}/`, mode: 0o755, type: 'Directory' })];
  for await (const { path, ...file } of sources(tree, '')) {
    if (!isPackaged(path, tag)) continue;
    const isVersion = path === 'packaging/version';
    parts.push(entry({ ...file, path: `${top}/${path}`, ...(isVersion ? { content: Buffer.from(`${tag}\n`) } : {}) }));
  }
  for (const [path, text] of otherPins(tag))
    parts.push(entry({ path: `${top}/${path}`, mode: 0o644, type: 'File', content: Buffer.from(text) }));
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]), { level: 9 });
}

interface Entry {
  path: string;
  mode: number;
  type: 'File' | 'Directory' | 'SymbolicLink';
  content?: Buffer;
  linkpath?: string;
}

/** What is below the directory, in the order of names, without build products. */
async function* sources(tree: string, below: string): AsyncGenerator<Entry> {
  const names = new Set(await readdir(join(tree, below)));
  for (const name of [...names].sort()) {
    // configure makes Makefile of Makefile.in.
    if (BUILD_PRODUCTS.has(name) || names.has(`${name}.in`)) continue;
    const path = join(below, name);
    const stat = await lstat(join(tree, path));
    if (!stat.isDirectory() && isBuildOutput(name)) continue;
    // Only the owner's execute bit counts: the umask of whoever checked the tree out does not get into the archive.
    const mode = stat.mode & 0o100 ? 0o755 : 0o644;
    if (stat.isDirectory()) {
      yield { path: `${path}/`, mode: 0o755, type: 'Directory' };
      yield* sources(tree, path);
    } else if (stat.isSymbolicLink()) {
      yield { path, mode: 0o777, type: 'SymbolicLink', linkpath: await readlink(join(tree, path)) };
    } else {
      const content = await readFile(join(tree, path));
      if (!isBinary(content)) yield { path, mode, type: 'File', content };
    }
  }
}

function entry({ path, mode, type, content = Buffer.alloc(0), linkpath }: Entry): Buffer {
  const block = Buffer.alloc(512);
  const header = new Header({
    path,
    mode,
    type,
    size: content.length,
    mtime: new Date(0),
    uid: 0,
    gid: 0,
    ...(linkpath && { linkpath }),
  });
  if (header.encode(block, 0)) throw new Error(`${path} is too long a name for the archive.`);
  return Buffer.concat([block, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

// By its ending; a directory may be called conf.d.
function isBuildOutput(name: string): boolean {
  return /\.(o|a|d|lo|la|so)$/.test(name);
}

// Programs and libraries, whatever their names are.
function isBinary(content: Buffer): boolean {
  return (
    content.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1')) || content.subarray(0, 8).toString('latin1') === '!<arch>\n'
  );
}

const BUILD_PRODUCTS = new Set([
  '.git',
  'build',
  'externaldeps',
  'config.log',
  'config.status',
  'config.h',
  'config.mk',
  'CMakeCache.txt',
  'CMakeFiles',
]);
