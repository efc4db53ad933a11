import { describe, expect, it, test } from 'vitest';
import { brieflyPrintable, isVisibleLine, printable, printableJson } from '../../src/system/printable.ts';

test.each([
  ['plain text stays, whatever the language', 'Räume für Ζεύς 監視 ✓ 👋', 'Räume für Ζεύς 監視 ✓ 👋'],
  ['an escape sequence is spelled out', '\u001b[2Jgone', '\\x1b[2Jgone'],
  ['so are bell, backspace and delete', 'a\u0007\b\u007f', 'a\\x07\\x08\\x7f'],
  ['so are the control characters of eight bits', '\u009b31m', '\\x9b31m'],
  ['text cannot be turned around', 'exe\u202egpj', 'exe\\u202egpj'],
  ['nor by a mark', '\u200ea\u200fb\u2066c\u2069\u061c', '\\u200ea\\u200fb\\u2066c\\u2069\\u061c'],
  ['line ends stay visible in the one line', 'one\ntwo\r\nthree\rfour', 'one\\ntwo\\nthree\\x0dfour'],
  ['those that only some know, too', 'one\u2028two\u2029', 'one\\u2028two\\u2029'],
  ['half a character is none', 'a\ud800b\udc4b', 'a\\ud800b\\udc4b'],
  ['a tab is a space', 'a\tb', 'a b'],
])('%s', (_sentence, text, expected) => {
  expect(printable(text)).toBe(expected);
});

describe('a text that is cut', () => {
  it('is no longer than allowed, and says that it was', () => {
    expect(brieflyPrintable('x'.repeat(6), 5)).toBe('xxxxx…');
    expect(brieflyPrintable('xxxxx', 5)).toBe('xxxxx');
  });

  it('is not cut through a character', () => {
    expect(brieflyPrintable('1234👋5', 5)).toBe('1234…');
    expect(brieflyPrintable('12345678901234567890👋', 5)).toBe('12345…');
  });
});

describe('JSON', () => {
  const text = 'räume\u009b31m \u202e\u2028\u007f\u001b\n';

  it('has nothing in it that a terminal obeys, and says the same', () => {
    const json = printableJson({ text });
    expect(json).toBe('{"text":"räume\\u009b31m \\u202e\\u2028\\u007f\\u001b\\n"}');
    expect(JSON.parse(json)).toEqual({ text });
  });

  it('has no half characters, which some parsers refuse', () => {
    expect(printableJson({ text: 'a\ud800' })).toBe('{"text":"a\ufffd"}');
  });

  it('is of what each value is replaced with', () => {
    expect(printableJson({ at: new Error('no\u202e') }, (inner) => (inner instanceof Error ? inner.message : inner))).toBe(
      '{"at":"no\\u202e"}',
    );
  });
});

test.each([
  ['web-1', true],
  ['Räume 👋', true],
  ['', false],
  ['x'.repeat(11), false],
  ['a\u200bb', false],
  ['a\u2028b', false],
  ['a\ud800b', false],
  ['a\u0085b', false],
  ['a\u202eb', false],
])('%j is a name for people: %s', (text, expected) => {
  expect(isVisibleLine(text, 10)).toBe(expected);
});
