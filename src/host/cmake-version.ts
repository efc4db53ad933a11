import type { ReadableSystem } from '../system/system.ts';
import { findProgram } from './find-program.ts';

/** "3.25.1", as cmake says it of itself; undefined without one. */
export async function cmakeVersion(searchPath: readonly string[], system: ReadableSystem): Promise<string | undefined> {
  const program = await findProgram(['cmake'], searchPath, system);
  if (program === undefined) return undefined;
  const { stdout } = await system.query({ program, arguments: ['--version'] });
  return /^cmake\S* version (\d+\.\d+\.\d+)/m.exec(stdout)?.[1];
}
