import { KickstartError } from '../errors.ts';
import { optionTable } from './option-table.ts';

/** Words of `kickstart claim` in the spellings of this version's own options. */
export interface ClaimWords {
  words: readonly string[];
  /** What was understood and is nothing that a claim does, one sentence each. */
  notes: readonly string[];
}

/**
 * A line that was written for the agent's claiming script (`-token=T`), for its daemon (`-W "claim -token=T"`), or for the script of old
 * manuals (`--token T`) → options of kickstart; those of kickstart stay as they are. Throws USAGE_… with the script's own
 * `Unknown argument`. Source: spec/claiming-and-link.md 2.2 and 4.1.
 */
export function claimWords(words: readonly string[]): ClaimWords {
  const found: { words: string[]; weaker: string[]; notes: string[] } = { words: [], weaker: [], notes: [] };
  for (let index = 0; index < words.length; ) {
    const read = readWord(words.slice(index));
    found.words.push(...(read.words ?? []));
    found.weaker.push(...(read.weaker ?? []));
    found.notes.push(...(read.notes ?? []));
    index += read.taken;
  }
  return { words: [...found.weaker, ...found.words], notes: found.notes };
}

interface Read {
  /** How many words this was. */
  taken: number;
  words?: readonly string[];
  /** Options that any other of the same name beats. */
  weaker?: readonly string[];
  notes?: readonly string[];
}

function readWord(words: readonly string[]): Read {
  const [word = '', next = ''] = words;
  if (word === '-W') return readDaemonWord(words);
  // The daemon in the foreground: kickstart always is.
  if (word === '-D') return { taken: 1 };
  if (/^-[^-]/.test(word)) return { taken: 1, words: scriptOption(word) };
  const [, name = '', inline] = /^--([^=]*)(=[\s\S]*)?$/.exec(word) ?? [];
  const option = Object.hasOwn(scriptOptions, name) ? scriptOptions[name as keyof typeof scriptOptions] : undefined;
  const ours = option === undefined ? word : `--${option}${inline ?? ''}`;
  const isAlone = inline !== undefined || !takesValue(option ?? name) || words.length === 1;
  return isAlone ? { taken: 1, words: [ours] } : { taken: 2, words: [ours, next] };
}

/** One dash and "=", as the script has it. An empty URL or proxy is none: templates leave it so. */
function scriptOption(word: string): readonly string[] {
  const [, name = '', value] = /^-([a-z-]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
  const option = Object.hasOwn(scriptOptions, name) ? scriptOptions[name as keyof typeof scriptOptions] : undefined;
  if (option === undefined || takesValue(option) !== (value !== undefined)) throw unknownArgument(word, option && name);
  if (value === undefined) return [`--${option}`];
  if (value === '' && (name === 'url' || name === 'proxy')) return [];
  // No rooms at all is what the script makes of it, also where a file has some.
  return [`--${option}=${value === '' && name === 'rooms' ? ',' : value}`];
}

/** `-W "claim …"`, `-W set SECTION KEY VALUE`, `-W set2 FILE SECTION KEY VALUE`. */
function readDaemonWord([, what = '', ...rest]: readonly string[]): Read {
  const [command, ...claim] = what.split(/\s+/).filter(Boolean);
  if (command === 'claim') return { taken: 2, ...claimWords(claim) };
  const file = what === 'set2' ? 1 : 0;
  const [section = '', key = '', value] = rest.slice(file);
  if ((what !== 'set' && what !== 'set2') || value === undefined) throw unknownArgument(`-W ${command ?? ''}`);
  const taken = file + 5;
  if (key === 'cloud base url') return { taken, weaker: [`--claim-url=${value}`] };
  // A claim switches the Cloud on, wherever this agent has its switch.
  if (key === 'netdata cloud' || (key === 'enabled' && rest[0] === 'cloud')) return { taken };
  const note = `The setting [${section}] ${key} of -W ${what} is not one of a claim: set it in the configuration of the agent.`;
  return { taken, notes: [note] };
}

function takesValue(option: string): boolean {
  return Object.hasOwn(optionTable, option) && 'value' in optionTable[option as keyof typeof optionTable];
}

function unknownArgument(word: string, known?: string): KickstartError {
  // What follows "=" may be a token with a slip of the pen before it.
  const shown = word.replace(/=[\s\S]*$/, '=…');
  const value = known !== undefined && takesValue(scriptOptions[known as keyof typeof scriptOptions]);
  return new KickstartError('USAGE_UNKNOWN_OPTION', {
    what: `Unknown argument ${shown}`,
    why:
      known === undefined
        ? 'The claiming script has no such option.'
        : `-${known} ${value ? 'takes its value after "=", with no blank' : 'is a switch, and takes no value'}.`,
    next: `Write ${known === undefined ? Object.keys(scriptOptions).map(spelling).join(' ') : spelling(known)}, or the options of kickstart claim --help.`,
  });
}

function spelling(name: string): string {
  return takesValue(scriptOptions[name as keyof typeof scriptOptions]) ? `-${name}=…` : `-${name}`;
}

/** Options of the script → ours. Source: spec/claiming-and-link.md 2.2. */
const scriptOptions = {
  token: 'claim-token',
  rooms: 'claim-rooms',
  url: 'claim-url',
  id: 'claim-id',
  hostname: 'claim-hostname',
  proxy: 'claim-proxy',
  noproxy: 'claim-noproxy',
  noreload: 'claim-noreload',
  user: 'claim-user',
  insecure: 'claim-insecure',
  verbose: 'claim-verbose',
  'daemon-not-running': 'claim-daemon-not-running',
} as const;
