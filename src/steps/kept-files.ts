import { posix } from 'node:path';
import type { Owner, ReadableSystem, System } from '../system/system.ts';
import { notSmallFile } from './path-taken.ts';

/** A file as it was before a change; its content is in the backup directory, under its own name. */
export interface KeptFile extends Owner {
  path: string;
  mode: number;
}

/**
 * Those of the files that are there, with the rights that an undo gives back: no file of these runs as its owner. Throws HOST_PATH_TAKEN for what is
 * no file, as a link, which is not followed, and for what is far too large to be one of these.
 */
export async function filesThere(paths: readonly string[], system: ReadableSystem): Promise<readonly KeptFile[]> {
  const all = await Promise.all(paths.map(async (path) => ({ path, facts: await system.stat(path) })));
  return all.flatMap(({ path, facts }) => {
    if (facts === undefined) return [];
    const taken = notSmallFile(path, facts);
    if (taken !== undefined) throw taken;
    return [{ path, mode: facts.mode & 0o777, userId: facts.userId, groupId: facts.groupId }];
  });
}

export function keptAt(path: string, backupDirectory: string): string {
  return `${backupDirectory}/${posix.basename(path)}`;
}

/** Copies the files to where only this user can look, before the first of them is changed. */
export async function keepFiles(files: readonly KeptFile[], backupDirectory: string, system: System): Promise<void> {
  if (files.length === 0) return;
  const owner = system.processOwner();
  await system.createDirectory(backupDirectory, { mode: 0o700, owner });
  for (const like of files) await system.copyFile(like.path, keptAt(like.path, backupDirectory), { mode: 0o600, owner, like });
}

/** The files as they were; one without a copy was not changed yet, or is back already. */
export async function bringBack(files: readonly KeptFile[], backupDirectory: string, system: System): Promise<void> {
  for (const { path, mode, userId, groupId } of files) {
    const copy = keptAt(path, backupDirectory);
    if ((await system.stat(copy)) === undefined) continue;
    // A directory that has gone takes nothing back.
    if ((await system.stat(posix.dirname(path))) === undefined) continue;
    // Receipts of earlier versions have whatever mode was seen.
    await system.copyFile(copy, path, { mode: mode & 0o777, owner: { userId, groupId } });
    await system.removeFile(copy);
  }
}
