import { chmodSync, existsSync, linkSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createFiles } from '../../src/system/files.ts';
import { Secret } from '../../src/system/secret.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const files = createFiles();

test.each(['longer than before, with more bytes than it had', 'short', ''])(
  'the file stays the same one, with its second name, and is now "%s"',
  async (content) => {
    const directory = scratchDirectory();
    writeFileSync(`${directory}/file`, 'what it was before', { mode: 0o640 });
    linkSync(`${directory}/file`, `${directory}/second`);
    const { ino } = statSync(`${directory}/file`);
    await files.rewriteFile(`${directory}/file`, [content], { mode: 0o640 });
    expect(readFileSync(`${directory}/second`, 'utf8')).toBe(content);
    expect(statSync(`${directory}/file`)).toMatchObject({ ino, nlink: 2, mode: 0o100640 });
  },
);

test('the pieces follow each other, texts as UTF-8 and bytes as they are', async () => {
  const path = `${scratchDirectory()}/file`;
  writeFileSync(path, '');
  await files.rewriteFile(path, [Buffer.from([0xfc]), new Secret('\u00fc'), Buffer.from([0])], { mode: 0o600 });
  expect(readFileSync(path)).toEqual(Buffer.from([0xfc, 0xc3, 0xbc, 0]));
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('in a directory that others can write a new file takes its place, and a second name keeps what it had', async () => {
  const directory = scratchDirectory();
  writeFileSync(`${directory}/file`, 'before');
  linkSync(`${directory}/file`, `${directory}/second`);
  chmodSync(directory, 0o777);
  await files.rewriteFile(`${directory}/file`, ['after'], { mode: 0o644 });
  expect(readFileSync(`${directory}/file`, 'utf8')).toBe('after');
  expect(readFileSync(`${directory}/second`, 'utf8')).toBe('before');
});

test('a file that is not there is not made', async () => {
  const path = `${scratchDirectory()}/file`;
  await expect(files.rewriteFile(path, ['x'], { mode: 0o644 })).rejects.toMatchObject({ code: 'ENOENT' });
  expect(existsSync(path)).toBe(false);
});
