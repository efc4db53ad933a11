import { describe, expect, it } from 'vitest';
import { type EditConfigurationStep, editConfiguration } from '../../src/steps/edit-configuration.ts';
import { Secret } from '../../src/system/secret.ts';
import { fakeAccounts } from '../support/fake-accounts.ts';
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

  it('refuses a link', async () => {
    const system = machine();
    system.place(path, { link: '/etc/shadow' });
    await expect(editConfiguration.inspect(step, system)).rejects.toMatchObject({ code: 'HOST_PATH_TAKEN' });
  });
});
