import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { appendLine } from '../../src/system/append-line.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

it('creates the file for its owner alone, and appends', async () => {
  const path = `${scratchDirectory()}/log`;
  await appendLine(path, 'one');
  await appendLine(path, 'two');
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it.each([
  ['a torn line after whole ones', 'one\ntwo\nthr', 'one\ntwo\nnew\n'],
  ['a torn line alone', 'on', 'new\n'],
  ['a torn line that is longer than a block', `one\n${'x'.repeat(10_000)}`, 'one\nnew\n'],
  ['a whole line that is longer than a block', `${'x'.repeat(10_000)}\n`, `${'x'.repeat(10_000)}\nnew\n`],
  ['an empty file', '', 'new\n'],
])('cuts off no more than the torn end: %s', async (_, before, after) => {
  const path = `${scratchDirectory()}/log`;
  writeFileSync(path, before);
  await appendLine(path, 'new');
  expect(readFileSync(path, 'utf8')).toBe(after);
});

it('does not write through a link', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/target`, 'as it was');
  symlinkSync('target', `${top}/log`);
  await expect(appendLine(`${top}/log`, 'new')).rejects.toMatchObject({ code: 'ELOOP' });
});

it('refuses what would be two lines', async () => {
  await expect(appendLine(`${scratchDirectory()}/log`, 'one\ntwo')).rejects.toThrow('line feed');
});
