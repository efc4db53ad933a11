import { expect, it } from 'vitest';
import { duration, fromNow } from '../../../../src/standin/cloud/page/time.js';

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1300, '1.3 s'],
  [125_000, '2 min 5 s'],
])('says how long %d ms are', (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});

it.each([
  ['2026-11-21T11:59:55Z', 'just now'],
  ['2026-11-21T11:59:30Z', '30 s ago'],
  ['2026-11-21T11:55:00Z', '5 min ago'],
  ['2026-11-22T12:00:00Z', 'in 24 h'],
  ['2026-11-18T12:00:00Z', '3 days ago'],
])('says when %s was at noon', (at, text) => {
  expect(fromNow(at, Date.parse('2026-11-21T12:00:00Z'))).toBe(text);
});
