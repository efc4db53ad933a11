import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { removeWholeTree } from '../../src/system/remove-tree.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

vi.mock('node:fs/promises', async (original) => ({ ...(await original<typeof fs>()) }));

it('removes all that is below, and no link is followed', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/tree/below/deep`, { recursive: true });
  mkdirSync(`${top}/kept`);
  writeFileSync(`${top}/kept/file`, '');
  symlinkSync('../../kept', `${top}/tree/below/link`);
  await removeWholeTree(`${top}/tree`);
  await removeWholeTree(`${top}/tree`);
  expect(readdirSync(top)).toEqual(['kept']);
  expect(existsSync(`${top}/kept/file`)).toBe(true);
});

it('removes a file, and a link instead of what it leads to', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/file`, '');
  symlinkSync('.', `${top}/link`);
  await removeWholeTree(`${top}/link`);
  await removeWholeTree(`${top}/file`);
  expect(readdirSync(top)).toEqual([]);
});

it.skipIf(process.getuid?.() !== 0)('lets nobody but root change the directories while they are removed', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/tree/below`, { recursive: true });
  for (const path of [`${top}/tree`, `${top}/tree/below`]) chownSync(path, 65534, 65534);
  const seen: string[] = [];
  vi.spyOn(fs, 'rm').mockImplementation(async () => {
    for (const name of ['tree', 'tree/below']) {
      const { uid, mode } = lstatSync(`${top}/${name}`);
      seen.push(`${name} ${uid} ${(mode & 0o777).toString(8)}`);
    }
  });
  await removeWholeTree(`${top}/tree`);
  vi.restoreAllMocks();
  expect(seen).toEqual(['tree 0 700', 'tree/below 0 700']);
});
