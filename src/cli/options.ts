import { parseArgs } from 'node:util';
import { isKickstartError, KickstartError } from '../errors.ts';
import { claimWords } from './claim-words.ts';
import { nearest } from './nearest.ts';
import { type CommandName, commandActions, commandHelp, type OptionName, type OptionRow, optionTable } from './option-table.ts';
import { scriptOptionTable } from './script-option-table.ts';
import { scriptWords } from './script-words.ts';
import { shownWord } from './shown-word.ts';

/** Words of the command line, checked against the table: every option is known to its command, and has a value if it needs one. */
export interface CommandLine {
  command: CommandName;
  /** What a command that can do several things is to do. */
  action?: string;
  /** Switches that are given are 'true'; options that are not given have their environment, then their default, else nothing. */
  values: OptionValues;
  /** Options that stand on the command line itself. */
  given: ReadonlySet<OptionName>;
  /** What `values` is merged from, the strongest first: the command line, $NETDATA_EXTRA_CLAIM_OPTS, the environment, the defaults. */
  layers: readonly OptionValues[];
  /** What was understood and does nothing here, one sentence each. */
  notes: readonly string[];
}

export type OptionValues = Readonly<Partial<Record<OptionName, string>>>;
export type Environment = Readonly<Record<string, string | undefined>>;

const rows: Readonly<Record<string, OptionRow>> = optionTable;

/** Throws USAGE_… for the first word that is wrong. Source of the spellings: option-table.ts, and for `claim` also claim-words.ts. */
export function parseCommandLine(words: readonly string[], environment: Environment): CommandLine {
  const { words: ours, notes } = translated(words);
  const { options, positionals, empty } = readOptions(ours);
  const [command, action] = commandOf(positionals);
  const given = Object.fromEntries(options.map(({ name, rawName, value }) => [optionOf(name, rawName, command), value]));
  const what = action === undefined ? { command } : { command, action };
  // Help is given without the word that is missing.
  if (given.help === undefined) requireAction(what);
  const extra = extraClaimOptions(command, environment);
  const layers = [given, extra.values, ...fallbacks(command, environment)];
  return {
    ...what,
    values: Object.assign({}, ...layers.toReversed()),
    // A cast, because the names were checked above.
    given: new Set(Object.keys(given) as OptionName[]),
    layers,
    notes: [...notes, ...extra.notes, ...(empty.includes('claim-token') ? [emptyToken] : [])],
  };
}

const emptyToken = '--claim-token has an empty value, which counts as no token: it is one that a variable did not have.';

/** Lines that were written for the reference script, the claiming script and the daemon. */
function translated(words: readonly string[]): { words: readonly string[]; notes: readonly string[] } {
  const word = firstWord(words) ?? 'install';
  if (['cloud', 'cache', 'rehearse', 'status'].includes(word)) return { words, notes: [] };
  const ofScript = scriptWords(words);
  if (word !== 'claim') return ofScript;
  const ofClaim = claimWords(ofScript.words);
  return { words: ofClaim.words, notes: [...ofScript.notes, ...ofClaim.notes] };
}

interface ReadOption {
  name: string;
  rawName: string;
  value: string;
}

interface ReadWords {
  options: readonly ReadOption[];
  /** Options that count as not given, because their value is empty. */
  empty: readonly string[];
  positionals: readonly string[];
}

function readOptions(words: readonly string[]): ReadWords {
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
  for (const { name, rawName, index } of options)
    if (!isOption(name, rawName)) throw unknownOption(/^-[^-]/.test(rawName) ? (words[index] ?? rawName) : rawName);
  const isEmpty = ({ name, value }: { name: string; value?: string | undefined }) =>
    value?.trim() === '' && rows[name]?.emptyIsNone === true;
  return {
    empty: options.filter(isEmpty).map(({ name }) => name),
    options: options
      .filter((option) => !isEmpty(option))
      .map(({ name, rawName, value, inlineValue }) => ({ name, rawName, value: optionValue(name, value, inlineValue === true) })),
    positionals: tokens.filter((token) => token.kind === 'positional').map((token) => token.value),
  };
}

/** The word that names the command, before anything is checked; also right when it stands after options. */
function firstWord(words: readonly string[]): string | undefined {
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('-')) return word;
    if (rows[word.slice(2)]?.value !== undefined) index += 1;
  }
  return undefined;
}

/** The options of the agent's script in this variable, split at blanks as a shell does it. Source: agent packaging/docker/run.sh. */
function extraClaimOptions(command: CommandName, environment: Environment): { values: OptionValues; notes: readonly string[] } {
  const text = environment[extraVariable]?.trim() ?? '';
  if (text === '' || !isOptionOf('claim-token', command)) return { values: {}, notes: [] };
  try {
    const { words, notes } = claimWords(text.split(/\s+/));
    const { options, positionals } = readOptions(words);
    if (positionals.length > 0) throw surplusWord('It has');
    return {
      values: Object.fromEntries(options.map(({ name, rawName, value }) => [optionOf(name, rawName, command), value])),
      notes,
    };
  } catch (error) {
    if (!isKickstartError(error)) throw error;
    const { code, what, why, next } = error;
    throw new KickstartError(code, { what: `$${extraVariable} cannot be used. ${what}`, why, next, cause: error });
  }
}

const extraVariable = 'NETDATA_EXTRA_CLAIM_OPTS';

function commandOf(positionals: readonly string[]): [CommandName, string?] {
  const [word = 'install', ...others] = positionals;
  if (!isCommand(word)) {
    const meant = nearest(word, Object.keys(commandHelp));
    throw new KickstartError('USAGE_UNKNOWN_COMMAND', {
      what: `"${shownWord(word)}" is not a command of kickstart.`,
      why: `There are these: ${Object.keys(commandHelp).join(', ')}.`,
      next: `${meant === undefined ? '' : `Did you mean ${meant}? `}See kickstart --help. An option needs two dashes.`,
    });
  }
  const [action, surplus] = commandActions[word] === undefined ? [undefined, ...others] : others;
  if (surplus === undefined) return action === undefined ? [word] : [word, action];
  // After a command that takes a token it may be one that lost its option.
  throw surplusWord(
    isOptionOf('claim-token', word) ? `kickstart ${word} has` : `kickstart ${word} has the word "${shownWord(surplus)}",`,
  );
}

function surplusWord(where: string): KickstartError {
  return new KickstartError('USAGE_UNKNOWN_COMMAND', {
    what: `${where} a word that belongs to no option.`,
    why: 'A command line has one command, and options; values with blanks need quotes.',
    next: 'See kickstart --help.',
  });
}

function requireAction({ command, action }: Pick<CommandLine, 'command' | 'action'>): void {
  const actions = commandActions[command];
  if (actions === undefined || (action !== undefined && actions.includes(action))) return;
  throw new KickstartError('USAGE_UNKNOWN_COMMAND', {
    what:
      action === undefined
        ? `kickstart ${command} does not say what to do.`
        : `kickstart ${command} cannot ${shownWord(action)}.`,
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

function isOptionOf(name: OptionName, command: CommandName): boolean {
  return rows[name]?.commands.includes(command) === true;
}

function optionOf(name: string, rawName: string, command: CommandName): OptionName {
  if (isOption(name, rawName) && isOptionOf(name, command)) return name;
  throw unknownOption(rawName, command, rows[name]?.commands);
}

function unknownOption(word: string, command?: CommandName, others: readonly CommandName[] = []): KickstartError {
  const meant = likeOption(word.replace(/^-+/, '').replace(/=[\s\S]*$/, ''), command);
  const advice =
    'See kickstart --help for all options. A long option has two dashes; those with one, of the claiming script, are for kickstart claim.';
  return new KickstartError('USAGE_UNKNOWN_OPTION', {
    what: `kickstart${command === undefined ? '' : ` ${command}`} has no option ${shownOption(word)}.`,
    why: others.length > 0 ? `It is an option of: ${others.join(', ')}.` : 'It is in no table of this version.',
    next: others.length > 0 || meant === undefined ? advice : `Did you mean --${meant}? ${advice}`,
  });
}

function likeOption(name: string, command?: CommandName): string | undefined {
  const ours = Object.keys(rows).filter((known) => command === undefined || rows[known]?.commands.includes(command));
  return (
    nearest(name, ours) ??
    nearest(
      name,
      Object.keys(scriptOptionTable).filter((known) => known.length > 2),
    )
  );
}

/** Without a value that was written right behind the name, which may be a token. */
function shownOption(word: string): string {
  const [, dashes = '', name = ''] = /^(-*)([^=]*)/.exec(word) ?? [];
  const prefix = Object.keys(rows).findLast(
    (known) => known.length > 3 && name.startsWith(known) && name.length > known.length + 3,
  );
  return prefix === undefined ? `${dashes}${shownWord(name)}` : `${dashes}${prefix}…`;
}

function optionValue(name: string, value: string | boolean | undefined, isInline: boolean): string {
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
  const isValue = isInline || row.mayBeginWithDashes === true || (typeof value === 'string' && !value.startsWith('--'));
  if (typeof value === 'string' && value !== '' && isValue) return value;
  throw new KickstartError('USAGE_MISSING_VALUE', {
    what: `--${name} needs a value, and has none.`,
    why: 'The command line ends there, the value is empty, or the next option follows at once.',
    next: `Write --${name} ${row.value}, or --${name}=${row.value} for a value that begins with dashes.`,
  });
}

function fallbacks(command: CommandName, environment: Environment): readonly OptionValues[] {
  const own = Object.entries(rows).filter(([, row]) => row.commands.includes(command));
  return [
    present(own.map(([name, row]) => [name, row.environment && environment[row.environment]])),
    present(own.map(([name, row]) => [name, row.default])),
  ];
}

function present(entries: readonly (readonly [string, string | undefined])[]): OptionValues {
  return Object.fromEntries(entries.filter(([, value]) => value?.trim()));
}
