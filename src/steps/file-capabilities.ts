import { isKickstartError } from '../errors.ts';
import { findProgram } from '../host/find-program.ts';
import type { ReadableSystem, System } from '../system/system.ts';

/** Of the system, not of whoever's PATH. */
const directories = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** What getcap says of a file, in words that setcap takes; the empty string where it has none, and where nobody can tell. */
export async function capabilitiesOf(path: string, system: ReadableSystem): Promise<string> {
  const getcap = await findProgram(['getcap'], directories, system);
  if (getcap === undefined) return '';
  const { exitCode, stdout } = await system.query({ program: getcap, arguments: [path] });
  // "/a/file = cap_perfmon+ep" up to libcap 2.40, "/a/file cap_perfmon=ep" later.
  return exitCode === 0 && stdout.startsWith(`${path} `) ? stdout.slice(path.length).trim().replace(/^= /, '') : '';
}

/** Whether what a file has is one of these: by name, because the words of getcap and setcap differ. */
export function isOneOf(there: string, wanted: readonly string[]): boolean {
  return wanted.some((words) => namesIn(words) === namesIn(there));
}

/** Gives a file the first of these that setcap and the file system take; whether any was. */
export async function setCapabilities(path: string, wanted: readonly string[], system: System): Promise<boolean> {
  const setcap = await findProgram(['setcap'], directories, system);
  if (setcap === undefined) return false;
  for (const words of wanted) {
    try {
      await system.run({ program: setcap, arguments: [words, path] });
      return true;
    } catch (error) {
      if (!isKickstartError(error, 'HOST_COMMAND_FAILED')) throw error;
    }
  }
  return false;
}

function namesIn(words: string): string {
  return (words.match(/cap_\w+/g) ?? []).toSorted().join();
}
