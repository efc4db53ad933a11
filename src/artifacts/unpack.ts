import { dirname, join, posix } from 'node:path';
import type { ReadEntry } from 'tar';
import { KickstartError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { readTar, TarDamaged } from './tar-entries.ts';

interface Unpacking {
  /** tar.gz or tar. */
  archive: string;
  /** An empty directory. */
  destination: string;
  /** How many leading names are taken off each path; an entry with no more names than that is left out. */
  stripComponents: number;
  maximumEntries?: number;
  maximumBytes?: number;
}

/**
 * Unpacks an archive into a directory. Nothing is ever written outside of it or through a link: links are made when all files are there.
 * Of the modes only rwx stays, and only the owner can write. Throws VERIFY_ARCHIVE_UNSAFE; what was unpacked until then stays in the directory.
 */
export async function unpack(unpacking: Unpacking, system: System, signal?: AbortSignal): Promise<void> {
  const { archive, stripComponents, maximumEntries = 100_000, maximumBytes = 2 * 1024 ** 3 } = unpacking;
  const tree = newTree(unpacking, system);
  let entries = 0;
  let sizeBytes = 0;
  try {
    await readTar(system.readBytes(archive), async (entry) => {
      signal?.throwIfAborted();
      entries += 1;
      sizeBytes += entry.size;
      if (entries > maximumEntries) throw unsafe(archive, `It has more than ${maximumEntries} entries.`);
      if (sizeBytes > maximumBytes) throw unsafe(archive, `Unpacked it has more than ${maximumBytes} bytes.`);
      const path = safePath(entry.path, stripComponents, archive);
      if (path !== undefined) await tree.add(path, entry);
    });
    await tree.addLinks();
  } catch (error) {
    if (!(error instanceof TarDamaged)) throw error;
    throw unsafe(archive, `It is not a whole tar.gz archive: ${error.message}.`);
  }
}

interface Link {
  path: string;
  target: string;
}

function newTree({ archive, destination, stripComponents }: Unpacking, system: System) {
  const directories = new Set(['.']);
  const files = new Set<string>();
  const symbolicLinks: Link[] = [];
  const hardLinks: (Link & { mode: number })[] = [];
  const taken = new Set<string>();

  return {
    async add(path: string, entry: ReadEntry): Promise<void> {
      const mode = entry.mode ?? 0o644;
      const { linkpath = '' } = entry;
      if (directoryTypes.includes(entry.type)) return addDirectory(path, mode);
      if (taken.has(path) || directories.has(path)) throw unsafe(archive, `It has ${path} twice.`);
      await addDirectory(dirname(path), 0o755);
      taken.add(path);
      if (fileTypes.includes(entry.type)) {
        files.add(path);
        await system.createFile(join(destination, path), entry, { mode: safeMode(mode) });
      } else if (entry.type === 'SymbolicLink') {
        symbolicLinks.push({ path, target: safeTarget(path, linkpath, archive) });
      } else if (entry.type === 'Link') {
        hardLinks.push({ path, target: safePath(linkpath, stripComponents, archive) ?? '', mode });
      } else throw unsafe(archive, `${path} is neither a file, nor a directory, nor a link: ${entry.type}.`);
    },
    async addLinks(): Promise<void> {
      for (const { path, target, mode } of hardLinks) {
        if (!files.has(target)) throw unsafe(archive, `${path} is a hard link to ${target}, which is no file of it.`);
        await system.copyFile(join(destination, target), join(destination, path), { mode: safeMode(mode) });
      }
      for (const { path, target } of symbolicLinks) await system.createLink(join(destination, path), target);
    },
  };

  async function addDirectory(path: string, mode: number): Promise<void> {
    if (directories.has(path)) return;
    if (taken.has(path)) throw unsafe(archive, `It has something below ${path}, which is not a directory.`);
    await addDirectory(dirname(path), 0o755);
    directories.add(path);
    await system.createDirectory(join(destination, path), { mode: safeMode(mode) | 0o700 });
  }
}

/** The path below the destination; undefined when nothing is left of it. */
function safePath(path: string, stripComponents: number, archive: string): string | undefined {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (path.startsWith('/')) throw unsafe(archive, `${path} is an absolute path.`);
  if (names.includes('..') || path.includes('\0')) throw unsafe(archive, `${path} leads out of its directory.`);
  const left = names.slice(stripComponents);
  return left.length === 0 ? undefined : left.join('/');
}

/**
 * Where a link may lead: up with leading `..`, never above the destination, then down. A `..` further on could climb out through another link.
 */
function safeTarget(path: string, target: string, archive: string): string {
  const names = target.split('/').filter((name) => name !== '' && name !== '.');
  const ups = names.findIndex((name) => name !== '..');
  const down = ups < 0 ? [] : names.slice(ups);
  const depth = path.split('/').length - 1;
  if (posix.isAbsolute(target) || target === '' || names.length - down.length > depth || down.includes('..')) {
    throw unsafe(archive, `The link ${path} leads out of its directory, to ${target}.`);
  }
  return target;
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
