import { expect, test } from 'vitest';
import { absolutePath } from '../../src/cli/absolute-path.ts';

test('a relative path begins at the working directory', () => {
  expect(absolutePath('a/../b', { workingDirectory: '/work' })).toBe('/work/b');
});

test('an absolute path needs no working directory', () => {
  expect(absolutePath('/opt/x/', { workingDirectory: undefined })).toBe('/opt/x');
});

test('a relative path in a working directory that is gone is a mistake of usage', () => {
  expect(() => absolutePath('x', { workingDirectory: undefined })).toThrow(
    expect.objectContaining({ code: 'USAGE_NO_WORKING_DIRECTORY' }),
  );
});
