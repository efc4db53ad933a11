import type { KickstartError } from '../errors.ts';
import type { ReadableSystem } from '../system/system.ts';

/** What a failed build says about its cause: the last lines that name an error, else the last lines. */
export function compilerLines(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  // What is indented below a line belongs to it: CMake's messages, the compiler's excerpts.
  const telling = lines.filter((line, index) => isTelling(line) || (/^\s/.test(line) && isTelling(lines[index - 1] ?? '')));
  return (telling.length > 0 ? telling : lines).slice(-keptLines).join('\n').slice(-2000);
}

/** The same from the log of the build, which has more than the end that the error of its last command has. */
export async function causeOf(failure: KickstartError, logPath: string, system: ReadableSystem): Promise<string> {
  return compilerLines((await system.readFile(logPath)) ?? failure.why) || failure.why;
}

function isTelling(line: string): boolean {
  return /\berror\b|undefined reference|cannot find|not found|no such file|killed|no space left/i.test(line);
}

const keptLines = 6;
