import { chmodSync, chownSync, existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createFiles } from '../../src/system/files.ts';
import { openLog } from '../../src/system/output-log.ts';
import { scratchDirectory, treeOf } from '../support/scratch-directory.ts';

const files = createFiles();
const nobody = { userId: 65534, groupId: 65534 };
const isRoot = process.getuid?.() === 0;

/** A directory of the agent's user, who put a link to a directory of root into it. */
function plantedLink(): { planted: string; precious: string } {
  const top = scratchDirectory();
  chmodSync(top, 0o755);
  mkdirSync(`${top}/precious`);
  writeFileSync(`${top}/precious/cloud.conf`, 'of root');
  mkdirSync(`${top}/agent`);
  symlinkSync(`${top}/precious`, `${top}/agent/cloud.d`);
  chownSync(`${top}/agent`, nobody.userId, nobody.groupId);
  return { planted: `${top}/agent/cloud.d`, precious: `${top}/precious` };
}

async function* bytes() {
  yield Buffer.from('x');
}

describe.skipIf(!isRoot)('a link that the agent’s user put in the place of a directory', () => {
  it.each<[string, (planted: string) => Promise<unknown>]>([
    ['writeFile', (planted) => files.writeFile(`${planted}/new`, 'x', { mode: 0o644, owner: nobody })],
    ['appendLine', (planted) => files.appendLine(`${planted}/cloud.conf`, 'x')],
    ['createFile', (planted) => files.createFile(`${planted}/new`, bytes(), { mode: 0o644 })],
    ['copyFile to it', (planted) => files.copyFile('/etc/passwd', `${planted}/new`, { mode: 0o644 })],
    ['copyFile from it', (planted) => files.copyFile(`${planted}/cloud.conf`, `${planted}/../kept`, { mode: 0o644 })],
    ['createDirectory', (planted) => files.createDirectory(`${planted}/new`, { mode: 0o755 })],
    ['createLink', (planted) => files.createLink(`${planted}/new`, 'x')],
    ['rename', (planted) => files.rename(`${planted}/cloud.conf`, `${planted}/new`)],
    ['removeFile', (planted) => files.removeFile(`${planted}/cloud.conf`)],
    ['removeTree', (planted) => files.removeTree(`${planted}/cloud.conf`)],
    ['removeEmptyDirectory', (planted) => files.removeEmptyDirectory(`${planted}/new`)],
    ['setMode', (planted) => files.setMode(`${planted}/cloud.conf`, 0o777)],
    ['setOwner', (planted) => files.setOwner(`${planted}/cloud.conf`, { ...nobody, mode: 0o777 })],
    ['openLog', (planted) => openLog(`${planted}/daemon.log`)],
  ])('is not followed by %s, and named in the error', async (_method, change) => {
    const { planted, precious } = plantedLink();
    const before = treeOf(precious);
    await expect(change(planted)).rejects.toMatchObject({ code: 'ELOOP', path: planted });
    expect(treeOf(precious)).toEqual(before);
  });

  it('goes by itself when its directory is removed, and what it leads to stays', async () => {
    const { planted, precious } = plantedLink();
    await files.removeTree(planted);
    expect(existsSync(planted)).toBe(false);
    expect(readFileSync(`${precious}/cloud.conf`, 'utf8')).toBe('of root');
  });
});

it('opens no log that is another file, too', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/precious`, 'of root');
  linkSync(`${top}/precious`, `${top}/daemon.log`);
  await expect(openLog(`${top}/daemon.log`)).rejects.toMatchObject({ code: 'EPERM', path: `${top}/daemon.log` });
});

it('follows the links of an administrator, also relative ones and one after the other', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/disk/state`, { recursive: true });
  symlinkSync('../disk', `${top}/disk/again`);
  symlinkSync('disk/again/state', `${top}/lib`);
  await files.writeFile(`${top}/lib/file`, 'text', { mode: 0o640 });
  await files.rename(`${top}/lib/file`, `${top}/moved`);
  await files.copyFile(`${top}/moved`, `${top}/lib/copy`, { mode: 0o600 });
  expect(treeOf(`${top}/disk/state`)).toEqual({ copy: '600 text' });
  expect(readFileSync(`${top}/moved`, 'utf8')).toBe('text');
});

it('names files by their paths in errors', async () => {
  const top = scratchDirectory();
  writeFileSync(`${top}/file`, '');
  await expect(files.writeFile(`${top}/nowhere/file`, '', { mode: 0o600 })).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(files.writeFile(`${top}/nowhere/file`, '', { mode: 0o600 })).rejects.toThrow(`${top}/nowhere`);
  await expect(files.createDirectory(`${top}/file/below`, { mode: 0o700 })).rejects.toThrow(/^ENOTDIR.*'\/.*\/file/);
  await expect(files.createLink(`${top}/file`, 'x')).rejects.toThrow(`${top}/file`);
  symlinkSync('circle', `${top}/circle`);
  await expect(files.writeFile(`${top}/circle/file`, '', { mode: 0o600 })).rejects.toMatchObject({ code: 'ELOOP' });
});
