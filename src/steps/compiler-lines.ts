import type { KickstartError } from '../errors.ts';
import type { ReadableSystem } from '../system/system.ts';

/** What a failed build says about its cause: the last lines that name it, else the last that look like it, else the last lines. */
export function compilerLines(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const telling = signs.map((sign) => linesWith(sign, lines)).find((found) => found.length > 0);
  return (telling ?? lines).slice(-keptLines).join('\n').slice(-2000);
}

/** The same from the log of the build, which has more than the end that the error of its last command has. */
export async function causeOf(failure: KickstartError, logPath: string, system: ReadableSystem): Promise<string> {
  return compilerLines((await system.readFile(logPath)) ?? failure.why) || failure.why;
}

// What is indented below a line belongs to it: CMake's messages, the compiler's excerpts.
function linesWith(sign: RegExp, lines: readonly string[]): readonly string[] {
  return lines.filter((line, index) => sign.test(line) || (/^\s/.test(line) && sign.test(lines[index - 1] ?? '')));
}

const signs: readonly RegExp[] = [
  // What a compiler, a linker, CMake or configure says, and what the kernel did to one of them.
  /\berror: |^CMake Error|undefined reference|cannot find|no space left|quota exceeded|killed|out of memory/i,
  // What also stands in the output of a good build; and make's own "Error 2", one for each directory on the way up.
  /\berror\b|not found|no such file/i,
];
const keptLines = 6;
