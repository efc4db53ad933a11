import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { sourceArchive } from '../../src/standin/release-files.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

it('has directories that are called as what a compiler leaves, and no such files', async () => {
  const tree = scratchDirectory();
  mkdirSync(join(tree, 'conf.d'));
  mkdirSync(join(tree, 'packaging'));
  writeFileSync(join(tree, 'packaging', 'version'), 'v0\n');
  for (const name of ['conf.d/stream.conf', 'main.c', 'main.d', 'main.o']) writeFileSync(join(tree, name), `${name}\n`);
  const text = gunzipSync(await sourceArchive('v1.31.0', tree)).toString('latin1');
  const names = [...text.matchAll(/netdata-v1\.31\.0\/([^\0]+)\0/g)].map(([, name]) => name);
  expect(names).toEqual(expect.arrayContaining(['conf.d/', 'conf.d/stream.conf', 'main.c']));
  expect(names).not.toContain('main.d');
  expect(names).not.toContain('main.o');
});
