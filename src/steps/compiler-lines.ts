import type { KickstartError } from '../errors.ts';
import type { ReadableSystem } from '../system/system.ts';

/**
 * What a failed build says about its cause: the first message that names one, with what belongs to it. Several compilers run at once, and what
 * comes later are the ends of others. Without one, the last lines that look like it, else the last lines.
 */
export function compilerLines(output: string): string {
  const lines = output.split('\n').map((line) => line.trimEnd());
  for (const sign of causes) {
    const index = lines.findIndex((line) => sign.test(line));
    if (index >= 0) return messageAt(index, sign, lines).join('\n').slice(0, mostCharacters);
  }
  const said = lines.filter((line) => line !== '');
  const likely = said.filter((line) => looksLikeOne.test(line));
  return (likely.length > 0 ? likely : said).slice(-mostLines).join('\n').slice(-mostCharacters);
}

/** The same from the log of the build, which has more than the end that the error of its last command has. */
export async function causeOf(failure: KickstartError, logPath: string, system: ReadableSystem): Promise<string> {
  return compilerLines((await system.readFile(logPath)) ?? failure.why) || failure.why;
}

/** What is indented below a line belongs to it: CMake's text, with empty lines between, the excerpts of a compiler. So does the same again. */
function messageAt(index: number, sign: RegExp, lines: readonly string[]): readonly string[] {
  const rest = lines.slice(index + 1);
  const end = rest.findIndex((line) => line !== '' && !/^\s/.test(line) && !sign.test(line));
  const below = rest.slice(0, end < 0 ? undefined : end).filter((line) => line !== '');
  // A linker says first in which function it is.
  const before = /\bld: .*: in function /.test(lines[index - 1] ?? '') ? [lines[index - 1] ?? ''] : [];
  return [...before, lines[index] ?? '', ...below].slice(0, mostLines);
}

/** In this order: a machine that has no room or no memory makes compilers fail in many ways. */
const causes: readonly RegExp[] = [
  // The kernel, what it did to one of them, and what gcc makes of it.
  /no space left on device|disk quota exceeded|killed signal terminated|\*\*\* .*\bkilled$|out of memory|virtual memory exhausted|cannot allocate memory|std::bad_alloc/i,
  // Compilers, linkers, protoc, configure, CMake, and the two that run them; each says "error:" of its own fault only.
  /\bfatal error: |^(?!collect2)\S+: (?:\S+: )?error: |:\d+(?::\d+)?: error: |^configure: error: |^CMake Error|^ninja: error: |\*\*\* No rule to make target|undefined reference to|multiple definition of|cannot find -l|internal compiler error|error while loading shared libraries/i,
  /\berror: |undefined reference|cannot find|\bkilled\b/i,
];

// What also stands in the output of a good build; and make's own "Error 2", one for each directory on the way up.
const looksLikeOne = /\berror\b|not found|no such file/i;
const mostLines = 8;
const mostCharacters = 2000;
