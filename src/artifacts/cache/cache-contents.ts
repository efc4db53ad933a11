import { basename, join } from 'node:path';
import type { ReadableSystem } from '../../system/system.ts';
import { catalog } from '../catalog.ts';
import { builtDirectory, sourcesDirectory } from './cache-places.ts';
import { usersOf } from './cache-users.ts';
import { readManifest } from './library-manifest.ts';

/** A built library in the cache; one that is damaged may say nothing of itself. */
export interface CachedLibraryFacts {
  kind: 'library';
  path: string;
  component?: string;
  version?: string;
  /** Its first line of --version. */
  compiler?: string;
  /** ISO 8601. */
  created?: string;
  sizeBytes: number;
  /** State directories of the installs that took it, and are still there. */
  usedBy: readonly string[];
}

/** A source archive in the cache. Once its library is built nobody needs it. */
export interface CachedArchiveFacts {
  kind: 'archive';
  path: string;
  /** What it has to be. */
  sha256: string;
  fileNames: readonly string[];
  sizeBytes: number;
}

export type CacheEntryFacts = CachedLibraryFacts | CachedArchiveFacts;

/** What is in a cache, libraries first. What is only on its way, or was left by a killed run, is not an entry. */
export async function readCache(cacheDirectory: string, system: ReadableSystem): Promise<readonly CacheEntryFacts[]> {
  const [built, sources] = [builtDirectory(cacheDirectory), sourcesDirectory(cacheDirectory)];
  return [
    ...(await Promise.all((await keysIn(built, system)).map((key) => libraryFacts(join(built, key), system)))),
    ...(await Promise.all((await keysIn(sources, system)).map((sha256) => archiveFacts(join(sources, sha256), sha256, system)))),
  ];
}

/** "JSON-C 0.16", or the file name of an archive. */
export function nameOfEntry(entry: CacheEntryFacts): string {
  if (entry.kind === 'archive') return entry.fileNames.join(', ') || `half of an archive, ${entry.sha256.slice(0, 12)}`;
  const row = catalog.find(({ component }) => component === entry.component);
  return row === undefined ? `library ${basename(entry.path).slice(0, 12)}` : `${row.name} ${entry.version}`;
}

async function libraryFacts(path: string, system: ReadableSystem): Promise<CachedLibraryFacts> {
  const { files, executables, ...facts } = (await readManifest(path, system)) ?? {};
  return { kind: 'library', path, ...facts, sizeBytes: await sizeOf(path, system), usedBy: await livingUsers(path, system) };
}

async function archiveFacts(path: string, sha256: string, system: ReadableSystem): Promise<CachedArchiveFacts> {
  const fileNames = ((await system.list(path)) ?? []).filter((name) => !/\.part-[0-9a-f]{16}(\.d)?$/.test(name));
  return { kind: 'archive', path, sha256, fileNames, sizeBytes: await sizeOf(path, system) };
}

/** State directories of the installs that took a library. An install whose state directory is gone has been removed by hand. */
export async function livingUsers(entry: string, system: ReadableSystem): Promise<readonly string[]> {
  const users = (await usersOf(entry, system)) ?? [];
  const living = await Promise.all(
    users.map(async ({ stateDirectory }) =>
      stateDirectory !== undefined && (await system.stat(stateDirectory)) !== undefined ? [stateDirectory] : [],
    ),
  );
  return living.flat();
}

async function keysIn(directory: string, system: ReadableSystem): Promise<readonly string[]> {
  return ((await system.list(directory)) ?? []).filter((name) => /^[0-9a-f]{64}$/.test(name));
}

async function sizeOf(path: string, system: ReadableSystem): Promise<number> {
  const facts = await system.stat(path);
  if (facts?.kind !== 'directory') return facts?.sizeBytes ?? 0;
  const sizes = await Promise.all(((await system.list(path)) ?? []).map((name) => sizeOf(join(path, name), system)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
