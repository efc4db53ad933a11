import { dirname, join } from 'node:path';
import type { ReadEntry } from 'tar';
import { KickstartError } from '../../errors.ts';
import type { Owner, System } from '../../system/system.ts';
import { TarDamaged } from './plain-tar.ts';
import { safePath, safeTarget, UnsafeName } from './safe-names.ts';
import { readTar } from './tar-entries.ts';

interface Unpacking {
  /** How a message names it. */
  archive: string;
  /** Of a tar.gz or tar. */
  pieces: AsyncIterable<Uint8Array>;
  /** An empty directory. */
  destination: string;
  /** How many leading names are taken off each path; an entry with no more names than that is left out. */
  stripComponents: number;
  /** Of all that is unpacked but the links. Default: who runs kickstart. */
  owner?: Owner;
  /** Of the archive and of what is made for it. */
  maximumEntries?: number;
  maximumBytes?: number;
}

/**
 * Unpacks the bytes of an archive, which may still be on their way, into a directory. Nothing is ever written outside of it or through a link: links are
 * made when all files are there. Of the modes only rwx stays, and only the owner can write. Throws VERIFY_ARCHIVE_UNSAFE; what was unpacked until then stays.
 */
export async function unpack(unpacking: Unpacking, system: System, signal?: AbortSignal): Promise<void> {
  const { archive, pieces, stripComponents, maximumBytes = 2 * 1024 ** 3 } = unpacking;
  try {
    const tree = newTree({ maximumEntries: 100_000, ...unpacking, maximumBytes }, system);
    // A header and the room behind it for each entry.
    const limits = { maximumBytes: 2 * maximumBytes + 1024 ** 2, signal };
    await readTar(
      pieces,
      async (entry) => {
        signal?.throwIfAborted();
        tree.count(1, entry.size);
        const path = safePath(entry.path, stripComponents);
        if (path !== undefined) await tree.add(path, entry);
      },
      limits,
    );
    await tree.addLinks(signal);
  } catch (error) {
    if (error instanceof UnsafeName) throw unsafe(archive, error.message);
    if (error instanceof TarDamaged) throw unsafe(archive, `It is not a whole tar.gz archive: ${error.message}.`);
    throw error;
  }
}

interface Link {
  path: string;
  target: string;
}

type Tree = Required<Omit<Unpacking, 'owner' | 'pieces'>> & { owner?: Owner };

function newTree({ archive, destination, stripComponents, maximumEntries, maximumBytes, owner }: Tree, system: System) {
  const directories = new Set(['.']);
  const files = new Map<string, number>();
  const symbolicLinks: Link[] = [];
  const hardLinks: (Link & { mode: number })[] = [];
  const taken = new Set<string>();
  let entries = 0;
  let sizeBytes = 0;

  return {
    count,
    async add(path: string, entry: ReadEntry): Promise<void> {
      const mode = entry.mode ?? 0o644;
      const { linkpath = '' } = entry;
      if (directoryTypes.includes(entry.type)) return addDirectory(path, mode);
      if (taken.has(path) || directories.has(path)) throw unsafe(archive, `It has ${path} twice.`);
      await addDirectory(dirname(path), 0o755);
      taken.add(path);
      if (fileTypes.includes(entry.type)) {
        files.set(path, entry.size);
        await system.createFile(join(destination, path), await contentOf(entry), made(safeMode(mode)));
      } else if (entry.type === 'SymbolicLink') {
        symbolicLinks.push({ path, target: safeTarget(path, linkpath) });
      } else if (entry.type === 'Link') {
        hardLinks.push({ path, target: safePath(linkpath, stripComponents) ?? '', mode });
      } else throw unsafe(archive, `${path} is neither a file, nor a directory, nor a link: ${entry.type}.`);
    },
    async addLinks(signal: AbortSignal | undefined): Promise<void> {
      for (const { path, target, mode } of hardLinks) {
        signal?.throwIfAborted();
        const size = files.get(target);
        if (size === undefined) throw unsafe(archive, `${path} is a hard link to ${target}, which is no file of it.`);
        count(0, size);
        // Follows no link: where the files are another user's, something of theirs may run now, and put one there.
        await system.copyFile(join(destination, target), join(destination, path), made(safeMode(mode)));
      }
      for (const { path, target } of symbolicLinks) {
        signal?.throwIfAborted();
        await system.createLink(join(destination, path), target);
      }
    },
  };

  async function addDirectory(path: string, mode: number): Promise<void> {
    if (directories.has(path)) return;
    if (taken.has(path)) throw unsafe(archive, `It has something below ${path}, which is not a directory.`);
    await addDirectory(dirname(path), 0o755);
    count(1, 0);
    directories.add(path);
    await system.createDirectory(join(destination, path), made(safeMode(mode) | 0o700));
  }

  function count(moreEntries: number, moreBytes: number): void {
    entries += moreEntries;
    sizeBytes += moreBytes;
    if (entries > maximumEntries) throw unsafe(archive, `It has more than ${maximumEntries} entries.`);
    if (sizeBytes > maximumBytes) throw unsafe(archive, `Unpacked it has more than ${maximumBytes} bytes.`);
  }

  function made(mode: number) {
    return owner === undefined ? { mode } : { mode, owner };
  }
}

/** Most files are small, and are written fastest in one piece. */
function contentOf(entry: ReadEntry): ReadEntry | Promise<Uint8Array> {
  return entry.size > smallBytes ? entry : entry.concat();
}

/** No setuid, setgid or sticky bit; nobody but the owner writes; the owner can always read and write. */
function safeMode(mode: number): number {
  return (mode & 0o755) | 0o600;
}

function unsafe(archive: string, why: string): KickstartError {
  return new KickstartError('VERIFY_ARCHIVE_UNSAFE', {
    what: `The archive ${archive} was not unpacked.`,
    why,
    next: 'Do not use this archive. Find out who made it, and report it to them.',
  });
}

const fileTypes: readonly string[] = ['File', 'OldFile', 'ContiguousFile'];
const directoryTypes: readonly string[] = ['Directory', 'GNUDumpDir'];
const smallBytes = 256 * 1024;
