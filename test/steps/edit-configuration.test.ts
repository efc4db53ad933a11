import { describe, expect, it } from 'vitest';
import { type EditConfigurationStep, editConfiguration } from '../../src/steps/edit-configuration.ts';
import { Secret } from '../../src/system/secret.ts';
import { fakeAccounts } from '../support/fake-accounts.ts';
import type { FakeEntry } from '../support/fake-files.ts';
import { createFakeSystem, type FakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const path = '/x/netdata.conf';
const text = '# mine\n[cloud]\n  proxy = none\n[global]\n  run as user = netdata\n';
const proxy = new Secret('http://user:canary@proxy:3128');
const step: EditConfigurationStep = {
  ...{ kind: 'edit-configuration', path, section: 'cloud', key: 'proxy', value: proxy },
  ...{ reader: 'netdata', backupDirectory: '/state' },
};

function machine(content?: string) {
  const files = { ...fakeAccounts().files, '/x': { directory: true } as const };
  return createFakeSystem({ files: { ...files, ...(content === undefined ? {} : { [path]: content }) } });
}

async function run(system: FakeSystem, change: Partial<EditConfigurationStep> = {}) {
  const undo = await editConfiguration.inspect({ ...step, ...change }, system);
  if (undo === undefined) throw new Error('nothing to do');
  await editConfiguration.run({ ...step, ...change }, stepContext(system));
  return undo;
}

describe('edit-configuration', () => {
  it('sets one setting, and hides the file from others when there is a password in it', async () => {
    const system = machine(text);
    await run(system);
    expect(system.readText(path)).toBe(text.replace('none', 'http://user:canary@proxy:3128'));
    expect(await system.stat(path)).toMatchObject({ mode: 0o640, userId: 0, groupId: 201 });
  });

  it('leaves mode and owner alone otherwise, and does nothing when it is already so', async () => {
    const system = machine(text);
    const change = { section: 'global', key: 'netdata cloud', value: 'enable' };
    await run(system, change);
    expect(system.readText(path)).toBe(`${text}  netdata cloud = enable\n`);
    expect(await system.stat(path)).toMatchObject({ mode: 0o644, userId: 0, groupId: 0 });
    expect(await editConfiguration.inspect({ ...step, ...change }, system)).toBeUndefined();
  });

  it('never shows the password', async () => {
    const system = machine(text);
    expect(editConfiguration.describe(step)).toBe('Set [cloud] proxy in /x/netdata.conf');
    expect(JSON.stringify(await run(system))).not.toContain('canary');
    expect(JSON.stringify(system.tree())).not.toContain('canary');
  });

  it('brings the file back, also when there was none', async () => {
    for (const system of [machine(text), machine()]) {
      const before = system.tree();
      const undo = await run(system);
      for (const _ of ['once', 'twice']) await editConfiguration.undo(undo, stepContext(system, 'uninstall'));
      expect(system.tree()).toEqual(before);
    }
  });

  it('sets only its own setting back in a file that was changed meanwhile', async () => {
    const system = machine(text);
    const undo = await run(system);
    const changed = `${system.readText(path)}  hostname = mine\n`;
    system.place(path, changed);
    await editConfiguration.undo(undo, stepContext(system, 'uninstall'));
    expect(system.readText(path)).toBe(`${text}  hostname = mine\n`);
  });

  it('takes its setting away from a file that somebody went on with', async () => {
    const system = machine();
    const undo = await run(system, { value: 'none' });
    system.place(path, `${system.readText(path)}[global]\n  hostname = mine\n`);
    await editConfiguration.undo(undo, stepContext(system, 'uninstall'));
    expect(system.readText(path)).toBe('[cloud]\n[global]\n  hostname = mine\n');
  });

  it.each<[string, Buffer, Buffer]>([
    [
      'ISO 8859-1',
      Buffer.from('# B\xfcro\n[cloud]\n  proxy = none\n[global]\n  hostname = \xa0B\xfcro\xa0\n', 'latin1'),
      Buffer.from('# B\xfcro\n[cloud]\n  proxy = env\n[global]\n  hostname = \xa0B\xfcro\xa0\n', 'latin1'),
    ],
    [
      'Shift JIS, with second bytes that look like brackets',
      Buffer.from('[\x83\x5d\x81\x5b]\n a = \x83\x5c\n[cloud]\n', 'latin1'),
      Buffer.from('[\x83\x5d\x81\x5b]\n a = \x83\x5c\n[cloud]\n    a = 1\n', 'latin1'),
    ],
    ['a NUL', Buffer.from('[cloud]\nx = \0\0\nproxy = none'), Buffer.from('[cloud]\nx = \0\0\nproxy = env')],
    [
      'mixed line ends, and none at the end',
      Buffer.from('# unix\n[cloud]\r\n  proxy = none\r\n# last'),
      Buffer.from('# unix\n[cloud]\r\n  proxy = env\r\n# last'),
    ],
  ])('keeps every other byte of a file with %s, and brings it back byte for byte', async (_what, before, after) => {
    const system = createFakeSystem({ files: { ...fakeAccounts().files, [path]: before } });
    const change = after.includes('a = 1') ? { key: 'a', value: '1' } : { value: 'env' };
    const undo = await run(system, change);
    expect(await bytesOf(system)).toEqual(after);
    await editConfiguration.undo(undo, stepContext(system, 'take-back'));
    expect(await bytesOf(system)).toEqual(before);
  });

  it('brings the whole file back when it was cut off in the middle of writing it', async () => {
    const system = machine(text);
    const undo = await run(system);
    await system.removeFile('/state/.written');
    system.place(path, '# mine\n[clo');
    await editConfiguration.undo(undo, stepContext(system, 'take-back'));
    expect(system.readText(path)).toBe(text);
  });

  it("writes through root's link in root's directory, which stays", async () => {
    const system = machine();
    system.place('/srv/netdata.conf', text);
    system.place(path, { link: '/srv/netdata.conf' });
    const undo = await run(system, { value: 'env' });
    expect(system.readText('/srv/netdata.conf')).toBe(text.replace('none', 'env'));
    expect(await system.readLink(path)).toBe('/srv/netdata.conf');
    await editConfiguration.undo(undo, stepContext(system, 'uninstall'));
    expect(system.readText('/srv/netdata.conf')).toBe(text);
  });

  it.each<[string, Record<string, FakeEntry>]>([
    ['in a directory of another user', { '/x': { directory: true, owner: { userId: 201, groupId: 201 } } }],
    ['in a directory that a group can write', { '/x': { directory: true, mode: 0o775, owner: { userId: 0, groupId: 201 } } }],
    ['into a directory of another user', { '/srv': { directory: true, owner: { userId: 201, groupId: 201 } } }],
  ])('refuses a link %s', async (_where, files) => {
    const system = createFakeSystem({ files: { ...fakeAccounts().files, ...files, '/srv/netdata.conf': text } });
    system.place(path, { link: '/srv/netdata.conf' });
    await expect(editConfiguration.inspect(step, system)).rejects.toMatchObject({ code: 'HOST_PATH_TAKEN' });
  });

  it('refuses a link that leads to no file', async () => {
    const system = machine();
    system.place(path, { link: '/nowhere' });
    await expect(editConfiguration.inspect(step, system)).rejects.toMatchObject({ code: 'HOST_PATH_TAKEN' });
  });
});

async function bytesOf(system: FakeSystem): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of system.readBytes(path)) pieces.push(piece);
  return Buffer.concat(pieces);
}
