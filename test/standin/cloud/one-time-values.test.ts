import { expect, it } from 'vitest';
import { createOneTimeValues } from '../../../src/standin/cloud/one-time-values.ts';

const isA = (value: Buffer) => value.toString() === 'a';

it('gives a value once', () => {
  const values = createOneTimeValues(60, 8);
  values.add('node', Buffer.from('a'));
  expect([values.take('other', isA), values.take('node', isA), values.take('node', isA)]).toEqual([false, true, false]);
});

it('gives a value until its time is over', () => {
  let now = 1_000_000;
  const values = createOneTimeValues(60, 8, () => now);
  values.add('node', Buffer.from('a'));
  values.add('node', Buffer.from('a'));
  now += 59_999;
  expect(values.take('node', isA)).toBe(true);
  now += 1;
  expect(values.take('node', isA)).toBe(false);
});

it('keeps the newest values of a node', () => {
  const values = createOneTimeValues(60, 2);
  for (const text of ['a', 'b', 'c']) values.add('node', Buffer.from(text));
  expect(values.take('node', isA)).toBe(false);
  expect(values.take('node', (value) => value.toString() === 'c')).toBe(true);
});

it('forgets a node', () => {
  const values = createOneTimeValues(60, 2);
  values.add('node', Buffer.from('a'));
  values.forget('node');
  expect(values.take('node', isA)).toBe(false);
});
