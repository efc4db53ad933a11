import { dirname } from 'node:path/posix';
import { removeShared, sharedMode } from '../system/shared-directory.ts';
import type { ReadableSystem, System } from '../system/system.ts';

/**
 * The directory of receipt, lock and backups must be there before anything can be recorded, so it cannot be recorded itself.
 * Instead, a directory that was made for it has a mode that nobody else gives one (sticky, owner only), until the receipt names it.
 * After a crash in between, the mode says whose it is, and uninstall leaves nothing behind.
 */
const unsettledMode = 0o1700;

/** Makes the state directory and what is missing above it; what is made is not settled yet. */
export async function makeStateDirectory(path: string, system: System): Promise<void> {
  if ((await system.stat(path)) !== undefined) return;
  await makeStateDirectory(dirname(path), system);
  await system.createDirectory(path, { mode: unsettledMode });
}

/** The directories, from the top down, that were made for the state directory and are not named in a receipt yet. */
export async function unsettledDirectories(path: string, system: ReadableSystem): Promise<readonly string[]> {
  const facts = await system.stat(path);
  if (facts === undefined) return unsettledDirectories(dirname(path), system);
  if (facts.kind !== 'directory' || facts.mode !== unsettledMode) return [];
  return [...(await unsettledDirectories(dirname(path), system)), path];
}

/** Gives directories that a receipt names their own modes: the state directory holds backups and is the owner's alone; other installs may have theirs beside it. */
export async function settleStateDirectory(path: string, system: System): Promise<void> {
  for (const directory of await unsettledDirectories(path, system)) {
    const mode = directory === path ? 0o700 : directory === dirname(path) ? sharedMode : 0o755;
    await system.setMode(directory, mode);
  }
}

/** Before the receipt goes: the directories it names are marked again, as far as nothing of others is in them. */
export async function unsettleStateDirectory(created: readonly string[], system: System): Promise<void> {
  let going: string | undefined;
  for (const directory of created.toReversed()) {
    const names = await system.list(directory);
    if (names === undefined) continue;
    const isOurs = (name: string) => (going === undefined ? ownNames.test(name) : `${directory}/${name}` === going);
    if (!names.every(isOurs)) return;
    await system.setMode(directory, unsettledMode);
    going = directory;
  }
}

/** Removes the directories that were made and are named in no receipt, and the one above that all installs share, as far as they are empty. */
export async function removeUnsettled(path: string, system: System): Promise<void> {
  const unsettled = await unsettledDirectories(path, system);
  for (const directory of unsettled.toReversed()) {
    if (!(await system.removeEmptyDirectory(directory))) return;
  }
  // The receipt that named it may have gone before, and left it because of this one.
  if ((await system.stat(path)) === undefined) await removeShared(dirname(path), system);
}

/** What the engine itself keeps in the state directory: the receipt, and the locks of run-lock.ts. */
const ownNames = /^(receipt\.jsonl|running-.*)$/;
