import type { ReadableSystem } from '../system/system.ts';
import { findProgram } from './find-program.ts';

/** What says that a library of the system can be linked with. */
export interface SystemLibraryQuestion {
  /** Its name for pkg-config. */
  pkgConfig: string;
  /** Programs that must be there too, in the library's own version: code that another version of them makes does not compile with it. */
  programs?: readonly string[];
}

/** Component → version, as pkg-config says it; only those whose development files are here. One short child process for each, and for each of its programs. */
export async function systemLibraries(
  questions: Readonly<Record<string, SystemLibraryQuestion>>,
  searchPath: readonly string[],
  system: ReadableSystem,
): Promise<Readonly<Record<string, string>>> {
  const pkgConfig = await findProgram(['pkg-config', 'pkgconf'], searchPath, system);
  if (pkgConfig === undefined) return {};
  const found = await Promise.all(
    Object.entries(questions).map(async ([component, { pkgConfig: name, programs = [] }]) => {
      const [version, ...others] = await Promise.all([
        answerOf(pkgConfig, ['--modversion', name], system),
        ...programs.map((program) => versionOfProgram(program, searchPath, system)),
      ]);
      if (version === '' || others.some((other) => numbersOf(other) !== numbersOf(version))) return [];
      return [[component, version] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

/** "libprotoc 3.21.12"; the empty string without the program. */
async function versionOfProgram(name: string, searchPath: readonly string[], system: ReadableSystem): Promise<string> {
  const program = await findProgram([name], searchPath, system);
  return program === undefined ? '' : answerOf(program, ['--version'], system);
}

async function answerOf(program: string, words: readonly string[], system: ReadableSystem): Promise<string> {
  const { exitCode, stdout } = await system.query({ program, arguments: words });
  return exitCode === 0 ? stdout.trim() : '';
}

// One leaves out the zero at the end that the other writes: protobuf 22.0 is 22.0.0 for pkg-config.
function numbersOf(text: string): string {
  return (/\d+(?:\.\d+)*/.exec(text)?.[0] ?? 'none').replace(/(?:\.0)+$/, '');
}
