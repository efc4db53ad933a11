import { basename, dirname, join } from 'node:path';
import type { System } from '../../system/system.ts';
import { cacheIsWritable, runsOwnCache, sourcesDirectory } from '../cache/cache-places.ts';
import { withEntryLock } from '../cache/entry-lock.ts';
import { type FetchContext, type Fetching, fetchArtifact, partPath, type Source } from './fetch.ts';

/**
 * Fetches into the cache; when another run works on the same archive, waits for it and takes what it got. Where the cache cannot be written, it
 * is one more source, and what arrives is the run's own. `path` of the fetching is <cache>/sources/<sha256>/<file name>. Throws what fetchArtifact throws.
 */
export async function fetchIntoCache(fetching: Fetching, context: FetchContext): Promise<void> {
  const { path, sources, workDirectory } = fetching;
  const { system } = context;
  const entry = dirname(path);
  if (!(await cacheIsWritable(dirname(entry), system))) {
    const ownPath = join(sourcesDirectory(runsOwnCache(workDirectory)), basename(entry), basename(path));
    const cached: Source = { from: 'directory', directory: entry, fileNames: [basename(path)] };
    return fetchArtifact({ ...fetching, path: ownPath, sources: [cached, ...sources] }, context);
  }
  await withEntryLock({ entry, waitSeconds: maximumWaitSeconds }, context, () => fetchArtifact(fetching, context));
}

/** What a fetch put into the cache. */
export interface FetchedFile {
  /** What is there while it is not known to be the right file. */
  part: string;
  /** Absent when it stays. */
  path?: string;
}

/** Takes away what a fetch put into the cache, unless another run works on the same archive just now. */
export async function removeFetched({ part, path }: FetchedFile, system: System): Promise<void> {
  const entry = dirname(part);
  await system.removeFile(part);
  await system.removeTree(`${part}.d`);
  if ((await system.stat(dirname(entry))) === undefined) return;
  await withEntryLock({ entry }, { system }, async (isHeld) => {
    if (!isHeld) return;
    if (path !== undefined) await system.removeFile(path);
    await system.removeEmptyDirectory(entry);
  });
  // The install that made it may have gone before, and left it because of this one.
  if (path !== undefined) await system.removeEmptyDirectory(dirname(entry));
}

/** As undo records it; `keep`: what arrives stays. */
export function fetchedFile(fetching: Pick<Fetching, 'path' | 'workDirectory'>, keep: boolean): FetchedFile {
  return { part: partPath(fetching), ...(keep ? {} : { path: fetching.path }) };
}

// Longer than any download that goes on; after it both fetch.
const maximumWaitSeconds = 3600;
