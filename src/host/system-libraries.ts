import type { ReadableSystem } from '../system/system.ts';
import { findProgram } from './find-program.ts';

/** What says that a library of the system can be linked with. */
export interface SystemLibraryQuestion {
  /** Its name for pkg-config. */
  pkgConfig: string;
  /** Programs that must be there too. */
  programs?: readonly string[];
}

/** Component → version, as pkg-config says it; only those whose development files are here. One short child process for each. */
export async function systemLibraries(
  questions: Readonly<Record<string, SystemLibraryQuestion>>,
  searchPath: readonly string[],
  system: ReadableSystem,
): Promise<Readonly<Record<string, string>>> {
  const pkgConfig = await findProgram(['pkg-config', 'pkgconf'], searchPath, system);
  if (pkgConfig === undefined) return {};
  const found = await Promise.all(
    Object.entries(questions).map(async ([component, { pkgConfig: name, programs = [] }]) => {
      const there = await Promise.all(programs.map((program) => findProgram([program], searchPath, system)));
      if (there.includes(undefined)) return [];
      const { exitCode, stdout } = await system.query({ program: pkgConfig, arguments: ['--modversion', name] });
      return exitCode === 0 && stdout.trim() !== '' ? [[component, stdout.trim()] as const] : [];
    }),
  );
  return Object.fromEntries(found.flat());
}
