import { KickstartError } from '../errors.ts';
import type { OptionName } from './option-table.ts';
import { shownWord } from './shown-word.ts';

/** The value of an option that has a few words to choose from. Throws USAGE_INVALID_VALUE. */
export function oneOf<Word extends string>(option: OptionName, value: string, words: readonly Word[]): Word {
  const word = words.find((known) => known === value);
  if (word !== undefined) return word;
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: `Invalid value for --${option}: ${shownWord(value)}.`,
    why: `It is one of: ${words.join(', ')}.`,
    next: `Write --${option} ${words[0]}.`,
  });
}
