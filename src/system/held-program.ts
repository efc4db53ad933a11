import { closeSync, fstatSync, lstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { errorCode } from './error-code.ts';
import type { Command } from './system.ts';
import { canHold, holdRootsDirectory, pathOfHeld, refuseForeign } from './trusted-place.ts';

/** What is to be executed: under `argv0` as its name, and let go when it has started. */
export interface HeldProgram {
  file: string;
  argv0?: string;
  release(): void;
}

/**
 * The program of a command, looked at now and held until it has started. Root executes nothing that others can swap: the program and every
 * directory and link on the way to it are root's alone, and its directory is held open, so that the path leads to what was looked at. Throws EPERM
 * with a sentence. What runs as another user is that user's affair, and other users than root have nothing to lose; kickstart itself runs already.
 */
export function holdProgram(command: Command, searchPath: string): HeldProgram {
  const { program, user } = command;
  const asItIs = { file: program, release: () => undefined };
  if (user !== undefined || program === process.execPath || !canHold()) return asItIs;
  let refused: unknown;
  for (const path of candidates(command, searchPath)) {
    try {
      const held = hold(path, program);
      if (held !== undefined) return held;
    } catch (error) {
      if (errorCode(error) !== 'EPERM') throw error;
      refused ??= error;
    }
  }
  if (refused !== undefined) throw refused;
  return asItIs;
}

/**
 * What root hands on of its environment: PATH without the directories in which others can put programs, because what root starts looks for programs,
 * too; a home with its settings, and a place for temporary files, only where nobody else puts them.
 */
export function rootsEnvironment(listed: Readonly<Record<string, string>>): Record<string, string> {
  if (!canHold()) return { ...listed };
  const path = (listed.PATH ?? '')
    .split(':')
    .filter((directory) => directory.startsWith('/') && isRootsDirectory(directory, 'alone'));
  const others = (['HOME', 'TMPDIR'] as const).filter((name) => {
    const directory = listed[name];
    return directory !== undefined && !isRootsDirectory(directory, name === 'TMPDIR' ? 'sticky' : 'alone');
  });
  return {
    ...Object.fromEntries(Object.entries(listed).filter(([name]) => !others.some((other) => other === name))),
    PATH: path.join(':'),
  };
}

/** `sticky`: others may add to it what is theirs, as to /tmp. */
function isRootsDirectory(path: string, kind: 'alone' | 'sticky'): boolean {
  try {
    const directory = holdRootsDirectory(path);
    const { mode } = fstatSync(directory);
    closeSync(directory);
    return kind === 'sticky' || (mode & 0o1000) === 0 || (mode & 0o022) === 0;
  } catch (error) {
    if (['EPERM', 'ELOOP', ...absent].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

function candidates({ program, directory = '/' }: Command, searchPath: string): readonly string[] {
  if (program.includes('/')) return [resolve(directory, program)];
  return searchPath.split(':').map((path) => `${path}/${program}`);
}

/** undefined: no program is there. */
function hold(path: string, program: string, links = 0): HeldProgram | undefined {
  let directory: number | undefined;
  try {
    directory = holdRootsDirectory(dirname(path));
    const file = `${pathOfHeld(directory)}/${basename(path)}`;
    const facts = lstatSync(file);
    if (facts.isSymbolicLink()) {
      refuseForeign({ uid: facts.uid, gid: facts.gid, mode: 0o777 & ~0o022, isDirectory: false }, path);
      // The directory is root's alone, so the link stays what it is.
      return links > mostLinks ? undefined : hold(resolve(realDirectory(directory), readlinkSync(file)), program, links + 1);
    }
    if (!facts.isFile() || (facts.mode & 0o111) === 0) return undefined;
    refuseForeign({ uid: facts.uid, gid: facts.gid, mode: facts.mode, isDirectory: false }, path);
    const held = directory;
    // An interpreter opens its script by the path when the directory is not held any more; root's alone it is all the same.
    if (isScript(file)) return { file: path, argv0: program, release: () => undefined };
    directory = undefined;
    return { file, argv0: program, release: () => closeSync(held) };
  } catch (error) {
    if (absent.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  } finally {
    if (directory !== undefined) closeSync(directory);
  }
}

function realDirectory(descriptor: number): string {
  return readlinkSync(pathOfHeld(descriptor));
}

function isScript(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const start = Buffer.alloc(2);
    return readSync(descriptor, start) === 2 && start.toString('latin1') === '#!';
  } finally {
    closeSync(descriptor);
  }
}

const absent: readonly string[] = ['ENOENT', 'ENOTDIR'];
// Source: Linux path_resolution(7).
const mostLinks = 40;
