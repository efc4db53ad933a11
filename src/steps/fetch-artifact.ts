import { dirname } from 'node:path';
import { cacheIsWritable, cacheOf } from '../artifacts/cache/cache-places.ts';
import { sha256OfFile } from '../artifacts/checksum.ts';
import { missingDirectories, removeCreated } from '../artifacts/directories.ts';
import { type FetchedFile, fetchedFile, fetchIntoCache, removeFetched } from '../artifacts/fetch/cached-fetch.ts';
import type { Destination, Source } from '../artifacts/fetch/fetch.ts';
import { unpackingPath } from '../artifacts/fetch/one-pass.ts';
import { removeShared } from '../system/shared-directory.ts';
import type { ReadableSystem } from '../system/system.ts';
import type { StepDefinition } from './definition.ts';

export interface FetchArtifactStep {
  kind: 'fetch-artifact';
  /** "Netdata v1.31.0" */
  title: string;
  /** Tried in this order. */
  sources: readonly Source[];
  /** 64 hex digits, lower case. */
  sha256: string;
  /** <cache>/sources/<sha256>/<file name>; the directories come by themselves. */
  path: string;
  /** Scratch space of the run, which is there and shared by all its fetches. */
  workDirectory: string;
  /** The cache is the user's: what is put there stays. */
  keep: boolean;
  /** PEM file whose certificates are trusted beside the system's. */
  caFile?: string;
  /** Where its tree is to be; unpacked in the same pass over the bytes. */
  unpack?: Destination;
}

/** Without a path what was fetched stays; without a part nothing could be put into the cache. */
export interface FetchArtifactUndo extends Partial<FetchedFile> {
  created: readonly string[];
  /** Where the tree is to be. */
  unpacked?: string;
}

/** Puts a pinned file into the cache, and its tree where it is wanted. Throws VERIFY_CHECKSUM, VERIFY_ARCHIVE_UNSAFE and FETCH_FAILED. */
export const fetchArtifact: StepDefinition<FetchArtifactStep, FetchArtifactUndo> = {
  describe: ({ title, unpack }) =>
    `Fetch ${title}${unpack === undefined ? ' and verify its checksum' : ', verify its checksum and unpack it'}`,

  async inspect(step, system) {
    const { path, keep, unpack } = step;
    if (await isThere(step, system)) return undefined;
    const unpacked = unpack === undefined ? {} : { unpacked: unpack.destination };
    if (!(await cacheIsWritable(dirname(path), system))) return { created: [], ...unpacked };
    const created = await missingDirectories(dirname(dirname(path)), system);
    const stays = keep || (unpack !== undefined && (await system.stat(path)) !== undefined);
    return { ...fetchedFile(step, stays), created, ...unpacked };
  },

  run: (step, context) => fetchIntoCache(step, context),

  async undo({ part, path, created, unpacked }, { system, purpose }) {
    if (unpacked !== undefined) {
      await system.removeTree(unpackingPath({ destination: unpacked }));
      await system.removeTree(unpacked);
    }
    if (part !== undefined) await removeFetched({ part, ...(path === undefined ? {} : { path }) }, system);
    await removeCreated(created, system);
    // A run that goes on still works in it.
    if (part !== undefined && purpose === 'uninstall') await removeShared(cacheOf(dirname(part)), system);
  },
};

// With a tree to be made, the file is only hashed while it is unpacked.
async function isThere({ path, sha256, unpack }: FetchArtifactStep, system: ReadableSystem): Promise<boolean> {
  if (unpack !== undefined && (await system.stat(unpack.destination)) === undefined) return false;
  return (await sha256OfFile(path, system)) === sha256;
}
