/**
 * One line of text that a terminal shows and does not obey: control characters, line ends and the marks that turn
 * the direction of text come out as \x1b, \n, \u202e. What servers and programs say goes through here before it is printed.
 */
export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(DANGEROUS, spelledOut);
}

function spelledOut(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return ' ';
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

const DANGEROUS = /[\p{Cc}\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
