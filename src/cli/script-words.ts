import { KickstartError } from '../errors.ts';
import { nearest } from './nearest.ts';
import { type OptionName, optionTable } from './option-table.ts';
import { type ScriptOption, scriptOptionTable } from './script-option-table.ts';

/** Words of a command line in the spellings of this version's own options. */
interface ScriptWords {
  words: readonly string[];
  /** What was understood and does nothing here, one sentence for each reason. */
  notes: readonly string[];
}

/**
 * A line that was written for the reference script → options of kickstart; those of kickstart stay as they are. Throws OPTION_UNAVAILABLE for what
 * the script can do and kickstart cannot, where leaving it out would do something else than was asked for; USAGE_… for a value that nobody knows.
 */
export function scriptWords(words: readonly string[]): ScriptWords {
  const found: { words: string[]; build: string[]; notes: Map<string, string[]> } = { words: [], build: [], notes: new Map() };
  for (let index = 0; index < words.length; ) {
    const { taken, words: ours = [], build = [], note } = readWord(words.slice(index));
    found.words.push(...ours);
    found.build.push(...build);
    if (note !== undefined) found.notes.set(note.text, [...(found.notes.get(note.text) ?? []), note.option]);
    index += taken;
  }
  const build = found.build.length === 0 ? [] : [`--${ofBuild}=${found.build.join(' ')}`];
  return {
    words: [...found.words, ...build],
    notes: [...found.notes].map(([text, options]) => `${options.join(', ')}: ${text}`),
  };
}

interface Read {
  /** How many words this was. */
  taken: number;
  words?: readonly string[];
  /** For the agent's own build. */
  build?: readonly string[];
  note?: { option: string; text: string };
}

function readWord(words: readonly string[]): Read {
  const [word = '', next] = words;
  // What follows an option of ours is its value, and stays as it is.
  const [, name = '', inline] = /^--?([^=]*)(?:=([\s\S]*))?$/.exec(word === 'all' ? '--all' : word) ?? [];
  if (word === '--') return { taken: 1 };
  if (word.startsWith('--') && name === ofBuild && (inline ?? next) !== undefined) {
    return { taken: inline === undefined ? 2 : 1, build: [inline ?? next ?? ''] };
  }
  if (isOurs(word, name))
    return takesNext(name, inline, next) ? { taken: 2, words: [word, next ?? ''] } : { taken: 1, words: [word] };
  const option = channels(name, inline, next) ?? lookUp(word, name);
  // The script of 1.33 hands these on to the installer of the source tree.
  if (option === undefined && isOfBuild(word, name)) return { taken: 1, build: [word] };
  if (option === undefined) return { taken: 1, words: [word] };
  const values = inline === undefined ? valuesAfter(words, option.values) : [inline];
  const taken = inline === undefined ? 1 + values.length : 1;
  if ('refused' in option) throw unavailable(name, option.refused);
  if ('becomes' in option) {
    const value = option.value ?? values[0];
    return { taken, words: [value === undefined ? `--${option.becomes}` : `--${option.becomes}=${value}`] };
  }
  return { taken, ...(option.note === undefined ? {} : { note: { option: shown(word), text: option.note } }) };
}

/** Unless it is an option of ours with a slip of the pen. */
function isOfBuild(word: string, name: string): boolean {
  return /^--(enable|disable)-[a-z0-9-]+$/.test(word) && nearest(name, Object.keys(optionTable)) === undefined;
}

const ofBuild = 'local-build-options' satisfies OptionName;

function isOurs(word: string, name: string): boolean {
  return word.startsWith('--') && Object.hasOwn(optionTable, name);
}

function takesNext(name: string, inline: string | undefined, next: string | undefined): boolean {
  return inline === undefined && next !== undefined && 'value' in optionTable[name as keyof typeof optionTable];
}

function lookUp(word: string, name: string): ScriptOption | undefined {
  const isSpelled = name.length === 1 ? /^-[a-z]$/.test(word) : word.startsWith('--') || word === name;
  return isSpelled && Object.hasOwn(scriptOptionTable, name) ? scriptOptionTable[name] : undefined;
}

/** A value does not begin with dashes, but an empty one is a value. */
function valuesAfter(words: readonly string[], most: number): readonly string[] {
  const following = words.slice(1, 1 + most);
  const end = following.findIndex((word) => word.startsWith('--'));
  return end < 0 ? following : following.slice(0, end);
}

/** Options with a few words to choose from, which ask for different things. */
function channels(name: string, inline: string | undefined, next: string | undefined): ScriptOption | undefined {
  const choice = Object.hasOwn(choices, name) ? choices[name] : undefined;
  if (choice === undefined) return undefined;
  const value = (inline ?? next ?? '').toLowerCase();
  const meant = Object.hasOwn(choice, value) ? choice[value] : undefined;
  if (meant !== undefined) return meant;
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: `--${name} has a value that it cannot have.`,
    why: `It is one of: ${Object.keys(choice).join(', ')}.`,
    next: `Write --${name} ${Object.keys(choice)[0]}, or leave it out.`,
  });
}

const asUsual: ScriptOption = { values: 1 };
const onlyBuilds = scriptOptionTable['static-only'];

const choices: Readonly<Record<string, Readonly<Record<string, ScriptOption | undefined>>>> = {
  'install-type': {
    build: asUsual,
    auto: asUsual,
    any: asUsual,
    native: onlyBuilds && { ...onlyBuilds, values: 1 },
    static: onlyBuilds && { ...onlyBuilds, values: 1 },
  },
};

function unavailable(name: string, { why, next }: { why: string; next: string }): KickstartError {
  return new KickstartError('OPTION_UNAVAILABLE', {
    what: `--${name} is an option of the reference script, and this version of kickstart cannot do what it asks for.`,
    why,
    next,
  });
}

function shown(word: string): string {
  return word.replace(/=[\s\S]*$/, '');
}
