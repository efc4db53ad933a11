import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { expect, it } from 'vitest';
import { createFiles } from '../../src/system/files.ts';
import { Secret } from '../../src/system/secret.ts';
import { readAll } from '../support/read-all.ts';
import { scratchDirectory, treeOf } from '../support/scratch-directory.ts';

const files = createFiles();

async function* pieces(...texts: (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    if (text instanceof Error) throw text;
    yield Buffer.from(text);
  }
}

it('writes a file with just the mode it is given, whatever the umask', async () => {
  const top = scratchDirectory();
  await files.writeFile(`${top}/file`, 'text', { mode: 0o666 });
  await files.writeFile(`${top}/secret`, new Secret('hidden no more'), { mode: 0o600 });
  expect(treeOf(top)).toEqual({ file: '666 text', secret: '600 hidden no more' });
});

it('replaces a link, and leaves alone what it leads to', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/target`, 'as it was');
  symlinkSync('target', `${top}/link`);
  await files.writeFile(`${top}/link`, 'new', { mode: 0o600 });
  expect(readFileSync(`${top}/target`, 'utf8')).toBe('as it was');
  expect(lstatSync(`${top}/link`).isFile()).toBe(true);
});

it('reads what a link leads to, unless links are refused', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/target`, 'text');
  symlinkSync('target', `${top}/link`);
  expect(await files.readFile(`${top}/link`)).toBe('text');
  expect(await files.readFile(`${top}/target`, { links: 'refused' })).toBe('text');
  await expect(files.readFile(`${top}/link`, { links: 'refused' })).rejects.toMatchObject({ code: 'ELOOP' });
});

it('leaves nothing beside a target that cannot be replaced', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/directory/full`, { recursive: true });
  await expect(files.writeFile(`${top}/directory`, 'text', { mode: 0o600 })).rejects.toMatchObject({ code: 'EISDIR' });
  expect(readdirSync(top)).toEqual(['directory']);
});

it('creates a file from a stream, and never over one or through a link', async () => {
  const top = scratchDirectory();
  await files.createFile(`${top}/file`, pieces('one ', 'two'), { mode: 0o644 });
  symlinkSync('elsewhere', `${top}/link`);
  for (const name of ['file', 'link']) {
    await expect(files.createFile(`${top}/${name}`, pieces('other'), { mode: 0o644 })).rejects.toMatchObject({ code: 'EEXIST' });
  }
  expect(treeOf(top)).toEqual({ file: '644 one two', link: '-> elsewhere' });
});

it('leaves no half of a file whose stream breaks', async () => {
  const top = scratchDirectory();
  await expect(files.createFile(`${top}/file`, pieces('one', new Error('broken')), { mode: 0o644 })).rejects.toThrow('broken');
  expect(readdirSync(top)).toEqual([]);
});

it('copies a file, and refuses a link and a directory', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/from`, 'bytes');
  symlinkSync('from', `${top}/link`);
  await files.copyFile(`${top}/from`, `${top}/to`, { mode: 0o640 });
  await expect(files.copyFile(`${top}/link`, `${top}/to2`, { mode: 0o640 })).rejects.toMatchObject({ code: 'ELOOP' });
  await expect(files.copyFile(top, `${top}/to3`, { mode: 0o640 })).rejects.toMatchObject({ code: 'EINVAL' });
  expect(treeOf(top)).toEqual({ from: '644 bytes', link: '-> from', to: '640 bytes' });
});

it('copies a file only of the user who is asked for, and with one name only', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/from`, 'bytes');
  const { uid } = statSync(`${top}/from`);
  await files.copyFile(`${top}/from`, `${top}/to`, { mode: 0o640, onlyOf: uid });
  const other = files.copyFile(`${top}/from`, `${top}/to2`, { mode: 0o640, onlyOf: uid + 1 });
  await expect(other).rejects.toMatchObject({ code: 'EPERM' });
  linkSync(`${top}/from`, `${top}/second`);
  const second = files.copyFile(`${top}/second`, `${top}/to3`, { mode: 0o640, onlyOf: uid });
  await expect(second).rejects.toMatchObject({ code: 'EPERM' });
  expect(treeOf(top)).toEqual({ from: '644 bytes', second: '644 bytes', to: '640 bytes' });
});

it('leaves mode and owner of a directory that is there, and does not take a link for one', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/there`, { mode: 0o711 });
  symlinkSync('there', `${top}/link`);
  await files.createDirectory(`${top}/there`, { mode: 0o777 });
  await files.createDirectory(`${top}/new`, { mode: 0o777 });
  await expect(files.createDirectory(`${top}/link`, { mode: 0o777 })).rejects.toMatchObject({ code: 'EEXIST' });
  expect(treeOf(top)).toEqual({ link: '-> there', new: '777', there: '711' });
});

it('removes a tree without following the links in it', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/outside`);
  writeFileSync(`${top}/outside/precious`, 'kept');
  mkdirSync(`${top}/tree/below`, { recursive: true });
  symlinkSync('../../outside', `${top}/tree/below/link`);
  symlinkSync('outside', `${top}/link`);
  await files.removeTree(`${top}/tree`);
  await files.removeTree(`${top}/link`);
  await files.removeTree(`${top}/not-there`);
  expect(treeOf(top)).toEqual({ outside: '755', 'outside/precious': '644 kept' });
});

it('says whether an empty directory is gone', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/full/empty`, { recursive: true });
  expect(await files.removeEmptyDirectory(`${top}/full`)).toBe(false);
  expect(await files.removeEmptyDirectory(`${top}/full/empty`)).toBe(true);
  expect(await files.removeEmptyDirectory(`${top}/full/empty`)).toBe(true);
});

it('knows one file by whatever path', async () => {
  const top = scratchDirectory();
  for (const name of ['one', 'two']) writeFileSync(`${top}/${name}`, 'the same text');
  symlinkSync('one', `${top}/link`);
  linkSync(`${top}/one`, `${top}/hard`);
  for (const name of ['one', 'link', 'hard']) expect(await files.isSameFile(`${top}/${name}`, `${top}/one`)).toBe(true);
  for (const name of ['two', 'none']) expect(await files.isSameFile(`${top}/${name}`, `${top}/one`)).toBe(false);
  expect(await files.isSameFile(`${top}/none`, `${top}/none`)).toBe(false);
});

it('says when a file was last changed, also through a link', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/one`, 'text');
  symlinkSync('one', `${top}/link`);
  utimesSync(`${top}/one`, 1_700_000_000, 1_700_000_000.25);
  expect(await files.modifiedAt(`${top}/link`)).toBe(1_700_000_000_250);
  expect(await files.modifiedAt(`${top}/none`)).toBeUndefined();
});

it('finds nothing, without error, where nothing is', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/file`, '');
  for (const path of [`${top}/none`, `${top}/file/below`]) {
    expect(await files.stat(path)).toBeUndefined();
    expect(await files.readFile(path)).toBeUndefined();
    expect(await files.readLink(path)).toBeUndefined();
    expect(await files.canWrite(path)).toBe(false);
    await files.removeFile(path);
  }
  expect(await files.list(`${top}/none`)).toBeUndefined();
});

it('lets every other error rise', async () => {
  const top = scratchDirectory();
  await expect(files.readFile(top)).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(files.removeFile(top)).rejects.toMatchObject({ code: expect.stringMatching(/EISDIR|EPERM/) });
  await expect(files.writeFile(`${top}/none/file`, '', { mode: 0o600 })).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(readAll(files.readBytes(`${top}/none`))).rejects.toMatchObject({ code: 'ENOENT' });
});

it('changes the mode of a file, and of nothing through a link', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/file`, '');
  chmodSync(`${top}/file`, 0o644);
  symlinkSync('file', `${top}/link`);
  await expect(files.setMode(`${top}/link`, 0o777)).rejects.toMatchObject({ code: 'ELOOP' });
  await files.setMode(`${top}/file`, 0o600);
  expect(await files.stat(`${top}/file`)).toMatchObject({ kind: 'file', mode: 0o600, sizeBytes: 0 });
  expect(await files.stat(`${top}/link`)).toMatchObject({ kind: 'link' });
});

it('gives a file and a directory to somebody else, and nothing through a link or with a second name', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/file`, '');
  writeFileSync(`${top}/shared`, '');
  linkSync(`${top}/shared`, `${top}/second`);
  symlinkSync('file', `${top}/link`);
  const { uid, gid } = statSync(top);
  const owner = { ...(uid === 0 ? { userId: 65534, groupId: 65533 } : { userId: uid, groupId: gid }), mode: 0o4711 };
  await expect(files.setOwner(`${top}/link`, owner)).rejects.toMatchObject({ code: 'ELOOP' });
  await expect(files.setOwner(`${top}/second`, owner)).rejects.toMatchObject({ code: 'EPERM', path: `${top}/second` });
  expect(statSync(`${top}/shared`)).toMatchObject({ uid, gid });
  await files.setOwner(`${top}/file`, owner);
  await files.setOwner(top, { ...owner, mode: 0o2770 });
  expect(await files.stat(`${top}/file`)).toMatchObject({ ...owner, mode: 0o711 });
  expect(await files.stat(top)).toMatchObject({ ...owner, mode: 0o2770 });
});

it('writes no file that runs as its owner, whatever mode was seen before', async () => {
  const top = scratchDirectory();
  await files.writeFile(`${top}/file`, 'text', { mode: 0o4755 });
  expect(await files.stat(`${top}/file`)).toMatchObject({ mode: 0o755 });
  await files.rewriteFile(`${top}/file`, ['other'], { mode: 0o6750 });
  expect(await files.stat(`${top}/file`)).toMatchObject({ mode: 0o750 });
});

it('changes no mode of a file with a second name', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/shared`, '', { mode: 0o600 });
  linkSync(`${top}/shared`, `${top}/second`);
  await expect(files.setMode(`${top}/second`, 0o644)).rejects.toMatchObject({ code: 'EPERM', path: `${top}/second` });
  expect(await files.stat(`${top}/shared`)).toMatchObject({ mode: 0o600 });
});

it('copies a file only while it is as it was seen', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/from`, 'text');
  chmodSync(`${top}/from`, 0o640);
  const { uid: userId, gid: groupId } = statSync(`${top}/from`);
  const seen = { userId, groupId, mode: 0o640 };
  await files.copyFile(`${top}/from`, `${top}/to`, { mode: 0o600, like: seen });
  for (const like of [
    { ...seen, userId: userId + 1 },
    { ...seen, groupId: groupId + 1 },
    { ...seen, mode: 0o4755 },
  ])
    await expect(files.copyFile(`${top}/from`, `${top}/other`, { mode: 0o600, like })).rejects.toMatchObject({ code: 'EPERM' });
  expect(await files.stat(`${top}/other`)).toBeUndefined();
});

it('reads what is a regular file of a sane size, and waits for nothing else', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/text`, 'ä'.repeat(5000));
  writeFileSync(`${top}/sparse`, '');
  truncateSync(`${top}/sparse`, 1_500_000_000);
  symlinkSync('/dev/zero', `${top}/zero`);
  execFileSync('mkfifo', [`${top}/pipe`]);
  expect(await files.readFile(`${top}/text`)).toBe('ä'.repeat(5000));
  expect(await files.readFile(`${top}/text`, { maximumBytes: 10_000 })).toHaveLength(5000);
  await expect(files.readFile(`${top}/text`, { maximumBytes: 9999 })).rejects.toMatchObject({
    code: 'EFBIG',
    path: `${top}/text`,
  });
  await expect(files.readFile(`${top}/sparse`)).rejects.toMatchObject({ code: 'EFBIG' });
  await expect(files.readFile(`${top}/zero`)).rejects.toMatchObject({ code: 'EINVAL' });
  expect(await files.readFile(`${top}/pipe`)).toBe('');
  await expect(readAll(files.readBytes(`${top}/pipe`))).rejects.toMatchObject({ code: 'EINVAL' });
  await expect(readAll(files.readBytes(`${top}/zero`))).rejects.toMatchObject({ code: 'EINVAL' });
  // A file of the kernel says that it has no size.
  expect(await files.readFile('/proc/self/status')).toContain('\nPid:');
  await expect(files.readFile('/proc/self/status', { maximumBytes: 10 })).rejects.toMatchObject({ code: 'EFBIG' });
});

it('reads bytes from a position on', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/log`, '0123456789');
  expect(Buffer.from(await readAll(files.readBytes(`${top}/log`, { from: 7 }))).toString()).toBe('789');
});

it.skipIf(process.getuid?.() !== 0)('reads through links of an administrator, and through none of the agent’s user', async () => {
  const top = scratchDirectory();
  chmodSync(top, 0o755);
  writeFileSync(`${top}/secret`, 'of root');
  mkdirSync(`${top}/agent`);
  symlinkSync(`${top}/secret`, `${top}/agent/claimed_id`);
  symlinkSync('secret', `${top}/of-root`);
  symlinkSync(top, `${top}/agent/directory`);
  chownSync(`${top}/agent`, 65534, 65534);
  const how = { links: 'administrators' } as const;
  expect(await files.readFile(`${top}/of-root`, how)).toBe('of root');
  for (const planted of ['claimed_id', 'directory/secret'])
    for (const links of ['administrators', 'refused'] as const)
      await expect(files.readFile(`${top}/agent/${planted}`, { links })).rejects.toMatchObject({ code: 'ELOOP' });
  expect(await files.readFile(`${top}/agent/none`, how)).toBeUndefined();
});

it('makes links and renames over what is there', async () => {
  const top = scratchDirectory();
  await files.createLink(`${top}/link`, 'old');
  await files.createLink(`${top}/other`, 'new');
  await files.rename(`${top}/other`, `${top}/link`);
  expect(readlinkSync(`${top}/link`)).toBe('new');
  expect(await files.list(top)).toEqual(['link']);
});
