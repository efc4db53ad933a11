import type { Command } from '../system/system.ts';

/** A row of a table of command lines as a command: the first word is the program. */
export function commandLine(
  [program = '', ...words]: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Command {
  return { program, arguments: words, environment };
}
