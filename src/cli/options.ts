import { parseArgs } from 'node:util';
import { KickstartError } from '../errors.ts';
import { type CommandName, commandActions, commandHelp, type OptionName, type OptionRow, optionTable } from './option-table.ts';

/** Words of the command line, checked against the table: every option is known to its command, and has a value if it needs one. */
export interface CommandLine {
  command: CommandName;
  /** What a command that can do several things is to do. */
  action?: string;
  /** Switches that are given are 'true'; options that are not given have their environment, then their default, else nothing. */
  values: Readonly<Partial<Record<OptionName, string>>>;
  /** Options that stand on the command line itself. */
  given: ReadonlySet<OptionName>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const rows: Readonly<Record<string, OptionRow>> = optionTable;

/** Throws USAGE_… for the first word that is wrong. Source of the spellings: option-table.ts. */
export function parseCommandLine(words: readonly string[], environment: Environment): CommandLine {
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(rows).map(([name, row]) => [name, { type: row.value === undefined ? 'boolean' : 'string' }]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const options = tokens.filter((token) => token.kind === 'option');
  // First: what follows an option that is not known, or that lacks its value, looks like a command, and may be a token.
  for (const { name, rawName } of options) if (!isOption(name, rawName)) throw unknownOption(rawName);
  const values = options.map(({ name, value }) => optionValue(name, value));
  const [command, action] = commandOf(tokens.filter((token) => token.kind === 'positional').map((token) => token.value));
  const given = new Map(options.map(({ name, rawName }, index) => [optionOf(name, rawName, command), values[index] ?? '']));
  const what = action === undefined ? { command } : { command, action };
  // Help is given without the word that is missing.
  if (!given.has('help')) requireAction(what);
  return { ...what, values: { ...fallbacks(command, environment), ...Object.fromEntries(given) }, given: new Set(given.keys()) };
}

function commandOf(positionals: readonly string[]): [CommandName, string?] {
  const [word = 'install', ...others] = positionals;
  if (!isCommand(word)) {
    throw new KickstartError('USAGE_UNKNOWN_COMMAND', {
      what: `"${word}" is not a command of kickstart.`,
      why: `There are these: ${Object.keys(commandHelp).join(', ')}.`,
      next: 'See kickstart --help. An option needs two dashes.',
    });
  }
  const [action, surplus] = commandActions[word] === undefined ? [undefined, ...others] : others;
  if (surplus === undefined) return action === undefined ? [word] : [word, action];
  throw new KickstartError('USAGE_UNKNOWN_COMMAND', {
    what: `kickstart does not know what to do with the word "${surplus}".`,
    why: 'A command line has one command, and options; values with blanks need quotes.',
    next: 'See kickstart --help.',
  });
}

function requireAction({ command, action }: Pick<CommandLine, 'command' | 'action'>): void {
  const actions = commandActions[command];
  if (actions === undefined || (action !== undefined && actions.includes(action))) return;
  throw new KickstartError('USAGE_UNKNOWN_COMMAND', {
    what: action === undefined ? `kickstart ${command} does not say what to do.` : `kickstart ${command} cannot ${action}.`,
    why: `It can do this: ${actions.join(', ')}.`,
    next: `Write kickstart ${command} ${actions[0]}, or see kickstart --help.`,
  });
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(commandHelp, word);
}

function isOption(name: string, rawName: string): name is OptionName {
  return Object.hasOwn(rows, name) && rawName.startsWith('--');
}

function optionOf(name: string, rawName: string, command: CommandName): OptionName {
  const commands = rows[name]?.commands ?? [];
  if (isOption(name, rawName) && commands.includes(command)) return name;
  throw unknownOption(rawName, command, commands);
}

function unknownOption(rawName: string, command?: CommandName, others: readonly CommandName[] = []): KickstartError {
  return new KickstartError('USAGE_UNKNOWN_OPTION', {
    what: `kickstart${command === undefined ? '' : ` ${command}`} has no option ${rawName}.`,
    why: others.length > 0 ? `It is an option of: ${others.join(', ')}.` : 'It is in no table of this version.',
    next: 'See kickstart --help for all options. A long option has two dashes.',
  });
}

function optionValue(name: string, value: string | boolean | undefined): string {
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
  if (row === undefined) return '';
  if (row.value === undefined) {
    if (value === undefined) return 'true';
    throw new KickstartError('USAGE_INVALID_VALUE', {
      what: `--${name} is a switch and takes no value.`,
      why: 'It was given one with "=".',
      next: `Write --${name} alone.`,
    });
  }
  if (typeof value === 'string' && value !== '' && !value.startsWith('--')) return value;
  throw new KickstartError('USAGE_MISSING_VALUE', {
    what: `--${name} needs a value, and has none.`,
    why: 'The command line ends there, the value is empty, or the next option follows at once.',
    next: `Write --${name} ${row.value}.`,
  });
}

function fallbacks(command: CommandName, environment: Environment): Partial<Record<OptionName, string>> {
  const entries = Object.entries(rows)
    .filter(([, row]) => row.commands.includes(command))
    .map(
      ([name, row]) => [name, (row.environment === undefined ? undefined : environment[row.environment]) || row.default] as const,
    )
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}
