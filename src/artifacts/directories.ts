import { dirname } from 'node:path';
import type { ReadableSystem, System } from '../system/system.ts';

/** The directory and those above it that are not there, the topmost first. */
export async function missingDirectories(path: string, system: ReadableSystem): Promise<readonly string[]> {
  if ((await system.stat(path)) !== undefined) return [];
  return [...(await missingDirectories(dirname(path), system)), path];
}

/** Creates the directory and those above it that are not there. */
export async function createDirectories(path: string, mode: number, system: System): Promise<void> {
  for (const missing of await missingDirectories(path, system)) await system.createDirectory(missing, { mode });
}

/** Removes the directories that are empty; `created` is what `missingDirectories` said before. */
export async function removeCreated(created: readonly string[], system: System): Promise<void> {
  for (const path of created.toReversed()) await system.removeEmptyDirectory(path);
}
