import { dirname } from 'node:path';
import type { System } from '../../system/system.ts';
import { layOut, writeManifest } from './built-library.ts';
import { besideEntry } from './cache-places.ts';
import { addUser, copyUsers, removeUser, usersOf } from './cache-users.ts';
import { withEntryLock } from './entry-lock.ts';
import type { LibraryFacts } from './library-manifest.ts';

export interface CachedLibrary {
  /** <cache>/built/<key> */
  entry: string;
  component: string;
  externalDirectory: string;
  /** Of the run that wants it: nobody else puts anything together under its name. */
  workDirectory: string;
  /** The install that wants it; absent when the cache is the user's, who decides what stays there. */
  stateDirectory?: string;
}

/** Lays out a library that is in the cache and whole. To be called with the lock of the entry. */
export async function takeFromCache(library: CachedLibrary, system: System): Promise<'laid-out' | 'absent' | 'damaged'> {
  const { entry, stateDirectory } = library;
  const found = await layOut(library, system);
  const isManaged = found === 'laid-out' && (await usersOf(entry, system)) !== undefined;
  if (isManaged && stateDirectory !== undefined) await addUser(entry, stateDirectory, system);
  return found;
}

/**
 * Puts what was built below `staging`/files into the cache by a rename, and lays it out. One that is damaged is moved away; its users stay users.
 * To be called with the lock of the entry.
 */
export async function putIntoCache(library: CachedLibrary, facts: LibraryFacts, system: System): Promise<void> {
  const { entry, workDirectory, stateDirectory } = library;
  const { staging, discarded } = besideEntry(entry, workDirectory);
  await writeManifest(staging, facts, system);
  await copyUsers(entry, staging, system);
  if (stateDirectory !== undefined) await addUser(staging, stateDirectory, system);
  // From here and not from the cache: whatever others do there, this run has its library.
  if ((await layOut({ ...library, entry: staging }, system)) !== 'laid-out')
    throw new Error(`${staging} changed while it was read.`);
  await discard(entry, discarded, system);
  await moveInto(staging, entry, system);
}

/** What of an entry is to be taken back. */
export interface CacheShare {
  entry: string;
  workDirectory: string;
  /** The name of the install among the users; absent when the entry stays. */
  user?: string;
}

/** Takes an install off the users of an entry, and the entry away when it was the last. Safe to repeat, also after a kill in the middle. */
export async function leaveCache({ entry, workDirectory, user }: CacheShare, system: System): Promise<void> {
  const { staging, discarded } = besideEntry(entry, workDirectory);
  // Who holds the lock builds the entry, or takes it: it is theirs then.
  await withEntryLock({ entry }, { system }, async (isHeld) => {
    await system.removeTree(staging);
    await system.removeTree(discarded);
    if (user === undefined) return;
    await removeUser(entry, user, system);
    const left = await usersOf(entry, system);
    if (isHeld && left?.length === 0) await discard(entry, discarded, system);
  });
  // The install that made it may have gone before, and left it because of this one.
  if (user !== undefined) await system.removeEmptyDirectory(dirname(entry));
}

/** By a rename first, so that nobody ever finds half of it. */
export async function discard(entry: string, discarded: string, system: System): Promise<void> {
  if ((await system.stat(entry)) === undefined) return;
  await system.removeTree(discarded);
  await system.rename(entry, discarded);
  await system.removeTree(discarded);
}

async function moveInto(staging: string, entry: string, system: System): Promise<void> {
  try {
    await system.rename(staging, entry);
  } catch (error) {
    // A run that cannot be seen from here was first. The cast: errors of files are Node's, and have a code.
    if (!alreadyThere.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await system.removeTree(staging);
  }
}

const alreadyThere: readonly string[] = ['ENOTEMPTY', 'EEXIST'];
