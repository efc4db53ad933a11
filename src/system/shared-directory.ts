import type { System } from './system.ts';

/**
 * Of a directory that all installs on a machine share, and that only the receipt of the first names. The mode says that kickstart made it: sticky,
 * which means nothing where only the owner can write. So whichever install goes last takes it away, and never one of an administrator.
 */
export const sharedMode = 0o1755;

/** Removes a directory that kickstart made for all installs, when it is empty; false: it stays, or is none. */
export async function removeShared(path: string, system: System): Promise<boolean> {
  const facts = await system.stat(path);
  return facts?.kind === 'directory' && facts.mode === sharedMode && system.removeEmptyDirectory(path);
}
