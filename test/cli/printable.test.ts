import { expect, test } from 'vitest';
import { printable } from '../../src/cli/printable.ts';

test.each([
  ['plain text stays, whatever the language', 'Räume für Ζεύς 監視 ✓', 'Räume für Ζεύς 監視 ✓'],
  ['an escape sequence is spelled out', '\u001b[2Jgone', '\\x1b[2Jgone'],
  ['so are bell, backspace and delete', 'a\u0007\b\u007f', 'a\\x07\\x08\\x7f'],
  ['so are the control characters of eight bits', '\u009b31m', '\\x9b31m'],
  ['text cannot be turned around', 'exe\u202egpj', 'exe\\u202egpj'],
  ['line ends stay visible in the one line', 'one\ntwo\r\nthree\rfour', 'one\\ntwo\\nthree\\x0dfour'],
  ['a tab is a space', 'a\tb', 'a b'],
])('%s', (_sentence, text, expected) => {
  expect(printable(text)).toBe(expected);
});
