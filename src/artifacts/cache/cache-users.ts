import { join } from 'node:path';
import type { ReadableSystem, System } from '../../system/system.ts';
import { sha256OfText } from '../checksum.ts';

/** An install that built a library, or took it from the cache. */
export interface CacheUser {
  name: string;
  /** Names the install. Undefined when the file says nothing. */
  stateDirectory: string | undefined;
}

/** The name of an install among the users of an entry: 16 hex digits. */
export function userName(stateDirectory: string): string {
  return sha256OfText(stateDirectory).slice(0, 16);
}

/** Who uses an entry; undefined for one that nobody manages: it was put there to stay. */
export async function usersOf(entry: string, system: ReadableSystem): Promise<readonly CacheUser[] | undefined> {
  const directory = usersDirectory(entry);
  const names = await system.list(directory);
  if (names === undefined) return undefined;
  return Promise.all(
    names.filter(isUserName).map(async (name) => ({
      name,
      stateDirectory: (await system.readFile(join(directory, name)))?.trim() || undefined,
    })),
  );
}

export async function hasUser(entry: string, stateDirectory: string, system: ReadableSystem): Promise<boolean> {
  return (await system.stat(join(usersDirectory(entry), userName(stateDirectory)))) !== undefined;
}

/** Makes an entry one that goes with the last of its users, and the install one of them. */
export async function addUser(entry: string, stateDirectory: string, system: System): Promise<void> {
  if (await hasUser(entry, stateDirectory, system)) return;
  await system.createDirectory(usersDirectory(entry), { mode: 0o755 });
  await system.writeFile(join(usersDirectory(entry), userName(stateDirectory)), `${stateDirectory}\n`, { mode: 0o644 });
}

export async function removeUser(entry: string, name: string, system: System): Promise<void> {
  await system.removeFile(join(usersDirectory(entry), name));
}

/** The users of one entry become users of another, which takes its place. */
export async function copyUsers(from: string, to: string, system: System): Promise<void> {
  for (const { stateDirectory } of (await usersOf(from, system)) ?? []) {
    if (stateDirectory !== undefined) await addUser(to, stateDirectory, system);
  }
}

function usersDirectory(entry: string): string {
  return join(entry, 'users');
}

function isUserName(name: string): boolean {
  return /^[0-9a-f]{16}$/.test(name);
}
