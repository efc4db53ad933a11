import { mkdirSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { unpack } from '../../../src/artifacts/archive/unpack.ts';
import { createRealSystem } from '../../../src/system/real-system.ts';
import { scratchDirectory, treeOf } from '../../support/scratch-directory.ts';
import { tarArchive } from '../../support/tar-archive.ts';

const system = createRealSystem({ environment: {} });

function from(archive: string) {
  return { archive, pieces: system.readBytes(archive) };
}

async function unpacked(
  bytes: Uint8Array,
  options: { stripComponents?: number; maximumEntries?: number; maximumBytes?: number } = {},
) {
  const top = scratchDirectory();
  writeFileSync(`${top}/archive.tar.gz`, bytes);
  mkdirSync(`${top}/in`);
  const problem = await unpack(
    { ...from(`${top}/archive.tar.gz`), destination: `${top}/in`, stripComponents: 0, ...options },
    system,
  ).catch((error: Error) => error);
  const { 'archive.tar.gz': _, ...tree } = treeOf(top);
  return { problem, tree };
}

it('unpacks files, directories and links, without their first name', async () => {
  const { problem, tree } = await unpacked(
    tarArchive([
      { path: 'top/', type: 'Directory', mode: 0o755 },
      { path: 'top/link', type: 'SymbolicLink', linkpath: 'sub/run' },
      { path: 'top/sub/up', type: 'SymbolicLink', linkpath: '../file' },
      { path: 'top/sub/same', type: 'Link', linkpath: 'top/sub/run' },
      { path: 'top/file', content: 'one' },
      { path: 'top/sub/run', content: 'two', mode: 0o755 },
    ]),
    { stripComponents: 1 },
  );
  expect(problem).toBeUndefined();
  expect(tree).toEqual({
    in: '755',
    'in/file': '644 one',
    'in/link': '-> sub/run',
    'in/sub': '755',
    'in/sub/run': '755 two',
    'in/sub/same': '644 two',
    'in/sub/up': '-> ../file',
  });
});

it('reads no other file than its own for a hard link, whatever their owner does meanwhile', async () => {
  const top = scratchDirectory();
  writeFileSync(
    `${top}/archive.tar.gz`,
    tarArchive([{ path: 'file' }, { path: 'link', type: 'Link', linkpath: 'file' }, { path: 'last' }]),
  );
  writeFileSync(`${top}/secret`, 'of root');
  mkdirSync(`${top}/in`);
  const disturbed = {
    ...system,
    async createFile(...[path, content, file]: Parameters<typeof system.createFile>) {
      await system.createFile(path, content, file);
      if (!path.endsWith('/last')) return;
      await system.removeFile(`${top}/in/file`);
      await system.createLink(`${top}/in/file`, `${top}/secret`);
    },
  };
  const unpacking = unpack({ ...from(`${top}/archive.tar.gz`), destination: `${top}/in`, stripComponents: 0 }, disturbed);
  await expect(unpacking).rejects.toMatchObject({ code: 'ELOOP' });
  expect(treeOf(`${top}/in`)).toEqual({ file: `-> ${top}/secret`, last: '644 ' });
});

it('keeps of the modes only rwx, and writing for the owner alone', async () => {
  const { tree } = await unpacked(
    tarArchive([
      { path: 'setuid', mode: 0o6777 },
      { path: 'unreadable', mode: 0 },
      { path: 'closed/', type: 'Directory', mode: 0o1000 },
    ]),
  );
  expect(tree).toEqual({ in: '755', 'in/closed': '700', 'in/setuid': '755 ', 'in/unreadable': '600 ' });
});

const evil = { path: 'evil', content: 'evil' };
it.each([
  ['an absolute path', [{ path: '/evil', content: 'evil' }]],
  ['a path that leads up', [{ path: '../evil', content: 'evil' }]],
  ['a path that leads up further on', [{ path: 'a/../../evil', content: 'evil' }]],
  ['a link to an absolute path', [{ path: 'link', type: 'SymbolicLink', linkpath: '/etc' } as const]],
  ['a link that leads up', [{ path: 'a/link', type: 'SymbolicLink', linkpath: '../../outside' } as const]],
  ['a link that leads up further on', [{ path: 'link', type: 'SymbolicLink', linkpath: 'a/../../outside' } as const]],
  [
    'a file through a link of the archive',
    [{ path: 'link', type: 'SymbolicLink', linkpath: 'a' } as const, { path: 'link/evil', content: 'evil' }],
  ],
  [
    'a file in the place of a link',
    [{ path: 'link', type: 'SymbolicLink', linkpath: 'a' } as const, { path: 'link', content: 'evil' }],
  ],
  ['a hard link to a file of the host', [{ path: 'link', type: 'Link', linkpath: '../archive.tar.gz' } as const]],
  ['a hard link to what is not in it', [{ path: 'link', type: 'Link', linkpath: 'passwd' } as const]],
  ['a file twice', [evil, evil]],
  ['a file below a file', [evil, { path: 'evil/below', content: 'evil' }]],
  ['a device', [{ path: 'device', type: 'CharacterDevice' } as const]],
  ['a named pipe', [{ path: 'pipe', type: 'FIFO' } as const]],
])('refuses %s, and writes nothing outside', async (_, entries) => {
  const { problem, tree } = await unpacked(tarArchive(entries));
  expect(problem).toMatchObject({ code: 'VERIFY_ARCHIVE_UNSAFE' });
  expect(Object.keys(tree).filter((path) => path !== 'in' && !/^in\/(evil|a)$/.test(path))).toEqual([]);
});

it('refuses more entries or more bytes than it may have', async () => {
  const archive = tarArchive([evil, { path: 'more', content: '12345' }]);
  expect((await unpacked(archive, { maximumEntries: 2, maximumBytes: 9 })).problem).toBeUndefined();
  expect((await unpacked(archive, { maximumEntries: 1 })).problem).toMatchObject({ why: 'It has more than 1 entries.' });
  expect((await unpacked(archive, { maximumBytes: 8 })).problem).toMatchObject({ why: 'Unpacked it has more than 8 bytes.' });
});

const whole = tarArchive([{ path: 'file', content: 'x'.repeat(100_000) }]);
it.each([
  ['half of one', whole.subarray(0, whole.length / 2)],
  ['one whose tar is cut', gzipSync(gunzipSync(whole).subarray(0, 50_000))],
  ['something else', Buffer.from('<html>Not found</html>'.repeat(100))],
  ['nothing', Buffer.alloc(0)],
])('says that it is no whole archive: %s', async (_, bytes) => {
  const { problem } = await unpacked(bytes);
  expect(problem).toMatchObject({ code: 'VERIFY_ARCHIVE_UNSAFE', why: expect.stringContaining('not a whole tar.gz archive') });
});

it('stops when the run is stopped', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/archive`, whole);
  mkdirSync(`${top}/in`);
  const signal = AbortSignal.abort(new Error('stopped'));
  await expect(
    unpack({ ...from(`${top}/archive`), destination: `${top}/in`, stripComponents: 0 }, system, signal),
  ).rejects.toThrow('stopped');
  expect(treeOf(`${top}/in`)).toEqual({});
});
