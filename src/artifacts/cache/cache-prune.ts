import { dirname, join } from 'node:path';
import type { System } from '../../system/system.ts';
import { type CacheEntryFacts, livingUsers, readCache } from './cache-contents.ts';
import { discard } from './cache-entry.ts';
import { besideEntry, builtDirectory, leftoverOf, sourcesDirectory } from './cache-places.ts';
import { withEntryLock } from './entry-lock.ts';

export interface Pruned {
  removed: readonly CacheEntryFacts[];
  kept: readonly { entry: CacheEntryFacts; why: 'used' | 'being-used' }[];
}

/**
 * Removes the libraries that no install uses, the source archives, and what killed runs left. Nothing that a run holds is touched.
 * It takes away only what steps put there and would build or fetch again, so it is an undo of theirs, and needs none itself.
 */
export async function pruneCache(cacheDirectory: string, system: System): Promise<Pruned> {
  const removed: CacheEntryFacts[] = [];
  const kept: { entry: CacheEntryFacts; why: 'used' | 'being-used' }[] = [];
  for (const entry of await readCache(cacheDirectory, system)) {
    const why = await pruneEntry(entry, system);
    if (why === undefined) removed.push(entry);
    else kept.push({ entry, why });
  }
  for (const directory of [builtDirectory(cacheDirectory), sourcesDirectory(cacheDirectory)])
    await removeLeftovers(directory, system);
  return { removed, kept };
}

async function pruneEntry(entry: CacheEntryFacts, system: System): Promise<'used' | 'being-used' | undefined> {
  if (entry.kind === 'library' && entry.usedBy.length > 0) return 'used';
  const { discarded } = besideEntry(entry.path, 'prune');
  return withEntryLock({ entry: entry.path }, { system }, async (isHeld) => {
    if (!isHeld) return 'being-used';
    // A run may have taken it meanwhile.
    if ((await livingUsers(entry.path, system)).length > 0) return 'used';
    await discard(entry.path, discarded, system);
    return undefined;
  });
}

/** Locks of dead processes go when the lock is taken; libraries on their way are nobody's while we have it. */
async function removeLeftovers(directory: string, system: System): Promise<void> {
  const names = (await system.list(directory)) ?? [];
  const keys = new Set(names.flatMap((name) => leftoverOf(name)?.key ?? []));
  for (const key of keys) {
    const entry = join(directory, key);
    await withEntryLock({ entry }, { system }, async (isHeld) => {
      if (!isHeld) return;
      for (const name of names) {
        const leftover = leftoverOf(name);
        if (leftover?.key === key && leftover.kind !== 'lock') await system.removeTree(join(dirname(entry), name));
      }
    });
  }
}
