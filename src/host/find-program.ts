import type { ReadableSystem } from '../system/system.ts';
import { canonicalPath, statIfAllowed } from './allowed-reads.ts';

/** Where programs are on any machine; used when the caller knows no PATH. */
export const standardSearchPath = parseSearchPath('/usr/local/bin:/usr/bin:/bin');

/** C compilers, the one to use first. */
export const compilers: readonly string[] = ['cc', 'gcc', 'clang'];

/** PATH → its directories, and those of administration behind them, as programs that System runs get them. Relative ones are left out. */
export function parseSearchPath(path: string): readonly string[] {
  const directories = [...path.split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return [...new Set(directories.filter((directory) => directory.startsWith('/')))];
}

/** The path of the first program with one of these names; undefined when there is none. Runs nothing. */
export async function findProgram(
  names: readonly string[],
  searchPath: readonly string[],
  system: ReadableSystem,
): Promise<string | undefined> {
  const paths = names.flatMap((name) => searchPath.map((directory) => `${directory}/${name}`));
  const present = await Promise.all(paths.map((path) => isProgram(path, system)));
  return paths[present.indexOf(true)];
}

/** Whether the path leads, through links or not, to a file that can be executed. */
export async function isProgram(path: string, system: ReadableSystem): Promise<boolean> {
  const named = await statIfAllowed(path, system);
  if (!named) return false;
  const file = named.kind === 'link' ? await statIfAllowed(await canonicalPath(path, system), system) : named;
  return file?.kind === 'file' && (file.mode & 0o111) !== 0;
}
