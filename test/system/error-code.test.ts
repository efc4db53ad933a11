import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCode } from '../../src/system/error-code.ts';

test('an error of the kernel has the code of the kernel', () => {
  let thrown: unknown;
  try {
    readFileSync('/none/here');
  } catch (error) {
    thrown = error;
  }
  expect(errorCode(thrown)).toBe('ENOENT');
});

test.each([
  ['an error without a code', new Error('kaputt')],
  ['a code that is no text', Object.assign(new Error('kaputt'), { code: 7 })],
  ['what is no error', { code: 'ENOENT' }],
  ['nothing', undefined],
])('%s has none', (_sentence, error) => {
  expect(errorCode(error)).toBeUndefined();
});
