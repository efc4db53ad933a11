import { basename, dirname, join } from 'node:path';
import { isLaidOut } from '../artifacts/cache/built-library.ts';
import { type CachedLibrary, type CacheShare, leaveCache, putIntoCache, takeFromCache } from '../artifacts/cache/cache-entry.ts';
import { besideEntry, builtDirectory, cacheIsWritable, cacheOf, runsOwnCache } from '../artifacts/cache/cache-places.ts';
import { hasUser, userName } from '../artifacts/cache/cache-users.ts';
import { withEntryLock } from '../artifacts/cache/entry-lock.ts';
import { libraryIdentity } from '../artifacts/cache/library-key.ts';
import { isTrustedEntry } from '../artifacts/cache/trusted-cache.ts';
import { catalogRow } from '../artifacts/catalog.ts';
import { createDirectories, missingDirectories, removeCreated } from '../artifacts/directories.ts';
import { type FetchedFile, fetchedFile, fetchIntoCache, removeFetched } from '../artifacts/fetch/cached-fetch.ts';
import type { Fetching, Source } from '../artifacts/fetch/fetch.ts';
import { isKickstartError, KickstartError } from '../errors.ts';
import { removeShared } from '../system/shared-directory.ts';
import type { JobPool, Owner, ReadableSystem } from '../system/system.ts';
import { buildLibrary } from './build-library.ts';
import type { StepContext, StepDefinition } from './definition.ts';

export interface BuildDependencyStep {
  kind: 'build-dependency';
  /** A row of the catalog. */
  component: string;
  version: string;
  /** Where its source archive can be had, tried in this order. Not asked when the built library is in the cache. */
  sources: readonly Source[];
  /** <cache>/sources/<sha256>/<file name> */
  archive: string;
  archiveSha256: string;
  /** PEM file whose certificates are trusted beside the system's. */
  caFile?: string;
  /** Of this build alone; not there before. */
  workDirectory: string;
  /** Scratch space of the run, which is there and shared by all its fetches. */
  runDirectory: string;
  /** Laid out as the agent's build expects externaldeps/. */
  externalDirectory: string;
  cacheDirectory: string;
  /** The cache is the user's: what is put there stays. */
  keep: boolean;
  /** Names the install among the users of what is in the cache. */
  stateDirectory: string;
  jobs: JobPool;
  /** Whose rights a build has. Absent: those of kickstart. */
  builder?: Owner;
  logPath: string;
}

export interface BuildDependencyUndo {
  workDirectory: string;
  externalDirectory: string;
  component: string;
  created: readonly string[];
  /** Absent where the cache cannot be written. */
  cache?: CacheShare;
  fetched?: FetchedFile;
  /** In receipts from before entries had users: what goes whole. */
  staging?: string;
  entry?: string;
}

/**
 * Puts one library of the agent-cloud link where the agent's build looks for it: from the cache, verified, else built from its sources, which are
 * fetched for it. In the cache it lies under what it was made of and with; it gets there by a rename, when it has been linked and run. Of two runs
 * that need the same library one builds it, and the other waits. Where others than root and this user can put a library into the cache, none is
 * taken from it or put there, and it is built for this run alone; archives are, since their hashes are pinned. Throws BUILD_TOOLS_MISSING, BUILD_DEPENDENCY_FAILED and what fetchArtifact throws.
 */
export const buildDependency: StepDefinition<BuildDependencyStep, BuildDependencyUndo> = {
  describe: (step) => `Build ${titleOf(step)}`,

  async inspect(step, system) {
    const { component, workDirectory, externalDirectory, cacheDirectory, stateDirectory, archive, runDirectory, keep } = step;
    const { entry } = await placeOf(step, system);
    const isTrusted = await isTrustedEntry(entry, system);
    if (isTrusted && (await isLaidOut({ entry, component, externalDirectory }, system))) return undefined;
    const taken = { workDirectory, externalDirectory, component };
    const missing = async (paths: readonly string[]) => {
      const all = await Promise.all(paths.map((path) => missingDirectories(path, system)));
      return [...new Set(all.flat())];
    };
    const scratch = [dirname(workDirectory), externalDirectory];
    if (!(await cacheIsWritable(cacheDirectory, system))) return { ...taken, created: await missing(scratch) };
    const archiveStays = keep || (await system.stat(archive)) !== undefined;
    const fetched = fetchedFile({ path: archive, workDirectory: runDirectory }, archiveStays);
    const sources = dirname(dirname(archive));
    if (!isTrusted) return { ...taken, created: await missing([...scratch, sources]), fetched };
    const stays = keep || (await hasUser(entry, stateDirectory, system));
    return {
      ...taken,
      created: await missing([...scratch, sources, dirname(entry)]),
      cache: { entry, workDirectory, ...(stays ? {} : { user: userName(stateDirectory) }) },
      fetched,
    };
  },

  async run(step, context) {
    const { system, progress } = context;
    const place = await placeOf(step, system);
    await createDirectories(step.externalDirectory, 0o755, system);
    const isTrusted = await isTrustedEntry(place.entry, system);
    const isWritable = await cacheIsWritable(step.cacheDirectory, system);
    if (isTrusted && isWritable) return takeOrBuild(step, place, context);
    if (isTrusted && (await isTaken(step, place, context))) return;
    const why = isTrusted ? 'cannot be written' : 'can be changed by other users than root and you';
    progress(`${step.cacheDirectory} ${why}: it is built for this run alone`);
    const ownCache = runsOwnCache(step.runDirectory);
    await takeOrBuild(step, { ...place, entry: join(builtDirectory(ownCache), basename(place.entry)) }, context);
  },

  async undo({ workDirectory, externalDirectory, component, created, cache, fetched, staging, entry }, { system, purpose }) {
    await system.removeTree(join(externalDirectory, component));
    await system.removeTree(join(externalDirectory, `.${component}`));
    for (const path of [staging, entry]) if (path !== undefined) await system.removeTree(path);
    if (cache !== undefined && (await system.stat(dirname(cache.entry))) !== undefined) await leaveCache(cache, system);
    if (fetched !== undefined) await removeFetched(fetched, system);
    await system.removeTree(workDirectory);
    await removeCreated(created, system);
    // A run that goes on still works in it.
    if (cache !== undefined && purpose === 'uninstall') await removeShared(cacheOf(cache.entry), system);
  },
};

interface Place {
  entry: string;
  /** As the manifest tells it. */
  compiler: string;
}

async function placeOf(
  { component, archiveSha256, cacheDirectory }: BuildDependencyStep,
  system: ReadableSystem,
): Promise<Place> {
  const { key, compiler } = await libraryIdentity(catalogRow(component), archiveSha256, system);
  return { entry: join(builtDirectory(cacheDirectory), key), compiler };
}

async function takeOrBuild(step: BuildDependencyStep, place: Place, context: StepContext): Promise<void> {
  const { entry, compiler } = place;
  const { system } = context;
  const { component, version, workDirectory } = step;
  const { staging } = besideEntry(entry, workDirectory);
  await withEntryLock({ entry, waitSeconds: maximumWaitSeconds }, context, async () => {
    if (await isTaken(step, place, context)) return;
    await system.removeTree(staging);
    await system.createDirectory(staging, { mode: 0o755 });
    await buildInto(join(staging, 'files'), step, context);
    const created = new Date(system.now()).toISOString();
    await putIntoCache(libraryOf(step, entry), { component, version, compiler, created }, system);
  });
}

async function isTaken(step: BuildDependencyStep, { entry }: Place, { system, progress, prove }: StepContext): Promise<boolean> {
  const found = await takeFromCache(libraryOf(step, entry), system);
  if (found === 'laid-out') prove(`${titleOf(step)} comes from the cache, verified.`);
  if (found === 'damaged') progress('what is in the cache is damaged: it is built again');
  return found === 'laid-out';
}

function libraryOf(
  { component, externalDirectory, workDirectory, stateDirectory, keep }: BuildDependencyStep,
  entry: string,
): CachedLibrary {
  return { entry, component, externalDirectory, workDirectory, ...(keep ? {} : { stateDirectory }) };
}

async function buildInto(files: string, step: BuildDependencyStep, context: StepContext): Promise<void> {
  const { sources, archive, archiveSha256, runDirectory, workDirectory, caFile, builder } = step;
  const { system } = context;
  const sourceDirectory = join(workDirectory, 'source');
  await system.removeTree(workDirectory);
  await createDirectories(workDirectory, 0o755, system);
  const owner = builder === undefined ? {} : { owner: builder };
  const fetching = {
    ...{ title: titleOf(step), sources, sha256: archiveSha256, path: archive, workDirectory: runDirectory },
    ...(caFile === undefined ? {} : { caFile }),
    unpack: { destination: sourceDirectory, stripComponents: 1, ...owner },
  };
  await fetchSources(fetching, context);
  await buildLibrary({ ...step, sourceDirectory }, files, context);
}

/** A disk that takes no more of the archive is a fetch that failed, and not a build. */
async function fetchSources(fetching: Fetching, context: StepContext): Promise<void> {
  try {
    await fetchIntoCache(fetching, context);
  } catch (error) {
    if (isKickstartError(error) || !(error instanceof Error && 'code' in error && 'path' in error)) throw error;
    throw new KickstartError('FETCH_FAILED', {
      what: `${fetching.title} could not be written while it was fetched.`,
      why: `${error.message}.`,
      next: 'Make room, or give the right to write, for the cache directory and the work directory; then run kickstart again.',
      cause: error,
    });
  }
}

function titleOf({ component, version }: BuildDependencyStep): string {
  return `${catalogRow(component).name} ${version}`;
}

// Longer than any build that goes on; after it both build.
const maximumWaitSeconds = 3600;
