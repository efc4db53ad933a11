import { expect, it } from 'vitest';
import { createTryLimit } from '../../../../src/standin/cloud/web/try-limit.ts';

it('counts each address on its own, and for a minute', () => {
  let now = 0;
  const tries = createTryLimit(2, () => now);
  expect([tries.begin('192.0.2.1'), tries.begin('192.0.2.1')]).toEqual([0, 0]);
  now = 15_000;
  expect(tries.begin('192.0.2.1')).toBe(45);
  expect(tries.begin('192.0.2.2')).toBe(0);
  now = 60_000;
  expect(tries.begin('192.0.2.1')).toBe(0);
});

it('forgets the wrong tries before the right one', () => {
  const tries = createTryLimit(1);
  expect(tries.begin('192.0.2.1')).toBe(0);
  tries.forgive('192.0.2.1');
  expect(tries.begin('192.0.2.1')).toBe(0);
});
