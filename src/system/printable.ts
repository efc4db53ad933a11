/**
 * One line of text that a terminal shows and does not obey: control characters, line ends, halves of characters and the marks that turn
 * the direction of text come out as \x1b, \n, \ud800, \u202e. What servers and programs say goes through here before it is printed or kept.
 */
export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(DANGEROUS, spelledOut);
}

/** The same, and at most so long: what somebody else sent may be anything. */
export function brieflyPrintable(text: string, length: number): string {
  const clean = printable(text.slice(0, 4 * length));
  // A half of the last character that was cut through goes, too.
  return clean.length <= length ? clean : `${clean.slice(0, length).replace(/\p{Cs}$/u, '')}…`;
}

/**
 * A value as JSON in one line, with what a terminal would obey written as \u202e: whoever parses it gets what was there.
 * Only halves of characters, which JSON should not have, become U+FFFD.
 */
export function printableJson(value: object, replace: (inner: unknown) => unknown = (inner) => inner): string {
  const json = JSON.stringify(value, (_key, inner: unknown) => {
    const replaced = replace(inner);
    return typeof replaced === 'string' ? replaced.toWellFormed() : replaced;
  });
  return json.replace(DANGEROUS, (character) => `\\u${hexCode(character)}`);
}

/** A name for people: one line, and nothing in it that cannot be seen, because that could make one name look like another. */
export function isVisibleLine(text: string, maximumLength: number): boolean {
  return text.length <= maximumLength && /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u.test(text);
}

function spelledOut(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return ' ';
  return character.charCodeAt(0) < 0x100 ? `\\x${hexCode(character).slice(2)}` : `\\u${hexCode(character)}`;
}

function hexCode(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0');
}

// Of surrogates, \p{Cs} with the flag u finds only those without their other half.
const DANGEROUS = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
