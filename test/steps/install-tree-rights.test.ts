import { expect, it } from 'vitest';
import { type InstallTreeStep, type InstallTreeUndo, installTree } from '../../src/steps/install-tree.ts';
import type { Command } from '../../src/system/system.ts';
import { fakeAccounts } from '../support/fake-accounts.ts';
import type { FakeEntry } from '../support/fake-files.ts';
import { createFakeSystem, type FakeCommand, type FakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const plugins = '/opt/a/netdata/usr/libexec/netdata/plugins.d';
const staged = '/work/stage/usr/libexec/netdata/plugins.d';
const step: InstallTreeStep = {
  ...{ kind: 'install-tree', from: '/work/stage', to: '/opt/a/netdata', backupDirectory: '/state/tree-1', groupOf: 'netdata' },
  rights: [
    { path: '**/*.plugin', kind: 'file', group: 'netdata', mode: 0o750 },
    { path: '**/apps.plugin', kind: 'file', group: 'netdata', mode: 0o4750 },
    { path: '**/perf.plugin', kind: 'file', group: 'netdata', mode: 0o750, capabilities: ['cap_perfmon+ep', 'cap_sys_admin+ep'] },
  ],
};

/** A machine whose setcap knows some capabilities, and on which getcap tells what setcap was told. */
function machine(knows: readonly string[] | 'no setcap', more: Record<string, FakeEntry> = {}) {
  const accounts = fakeAccounts();
  const given = new Map<string, string>();
  const commands: FakeCommand[] = [
    {
      program: '/usr/sbin/setcap',
      result: (_, { arguments: [words = ''] }) => ({ exitCode: knows.includes(words) ? 0 : 1 }),
      effect: async (_, { arguments: [words = '', path = ''] }) => given.set(path, words.replace('+', '=')),
    },
    {
      program: '/usr/sbin/getcap',
      result: (_, { arguments: [path = ''] }: Command) => ({
        stdout: given.has(path) ? `${path} ${given.get(path)}\n` : '',
      }),
    },
  ];
  const programs = { '/usr/sbin/setcap': { content: '', mode: 0o755 }, '/usr/sbin/getcap': { content: '', mode: 0o755 } };
  const system = createFakeSystem({
    files: {
      ...accounts.files,
      ...(knows === 'no setcap' ? {} : programs),
      [`${staged}/apps.plugin`]: { content: 'apps', mode: 0o755 },
      [`${staged}/perf.plugin`]: { content: 'perf', mode: 0o755 },
      [`${staged}/python.d.plugin`]: { content: 'python', mode: 0o755 },
      '/opt/a': { directory: true },
      '/state': { directory: true },
      ...more,
    },
    commands: [...accounts.commands, ...commands],
  });
  return { system, given };
}

async function stateOf(name: string, system: FakeSystem): Promise<string> {
  const facts = await system.stat(`${plugins}/${name}`);
  return `${facts?.mode.toString(8)} ${facts?.userId}:${facts?.groupId}`;
}

async function undoOf(system: FakeSystem): Promise<InstallTreeUndo> {
  const undo = await installTree.inspect(step, system);
  if (undo === undefined) throw new Error('There is no difference.');
  return undo;
}

it('gives plugins to the group of the agent, and some the rights of root or a capability', async () => {
  const { system, given } = machine(['cap_perfmon+ep']);
  await installTree.run(step, stepContext(system));
  expect(await stateOf('apps.plugin', system)).toBe('4750 0:201');
  expect(await stateOf('perf.plugin', system)).toBe('750 0:201');
  expect(await stateOf('python.d.plugin', system)).toBe('750 0:201');
  expect([...given]).toEqual([[`${plugins}/perf.plugin`, 'cap_perfmon=ep']]);
  expect(await installTree.inspect(step, system)).toBeUndefined();
});

it('gives rights last, to what is whole and in its place', async () => {
  const { system } = machine(['cap_perfmon+ep']);
  await installTree.run(step, stepContext(system));
  const calls = system.calls.filter((call) => call.includes('apps.plugin') && /^(copyFile|setMode)/.test(call));
  expect(calls.map((call) => call.split(' ')[0])).toEqual(['copyFile', 'setMode']);
});

it('takes the next capability where the kernel does not know the first', async () => {
  const { system, given } = machine(['cap_sys_admin+ep']);
  await installTree.run(step, stepContext(system));
  expect(given.get(`${plugins}/perf.plugin`)).toBe('cap_sys_admin=ep');
  expect(await installTree.inspect(step, system)).toBeUndefined();
});

it.each([
  ['is refused', [] as string[]],
  ['is not there', 'no setcap' as const],
])('makes a plugin setuid where setcap %s', async (_, knows) => {
  const { system } = machine(knows);
  await installTree.run(step, stepContext(system));
  expect(await stateOf('perf.plugin', system)).toBe('4750 0:201');
  expect(await installTree.inspect(step, system)).toBeUndefined();
});

it('replaces a plugin that lost its capability or its group', async () => {
  const { system, given } = machine(['cap_perfmon+ep']);
  await installTree.run(step, stepContext(system));
  given.clear();
  await system.setOwner(`${plugins}/python.d.plugin`, { userId: 0, groupId: 0, mode: 0o750 });
  expect((await undoOf(system)).replaced).toEqual([
    'usr/libexec/netdata/plugins.d/perf.plugin',
    'usr/libexec/netdata/plugins.d/python.d.plugin',
  ]);
});

it('gives a replaced plugin its mode and its capability back', async () => {
  const { system, given } = machine(['cap_perfmon+ep', 'cap_sys_ptrace=ep'], {
    [`${plugins}/perf.plugin`]: { content: 'older', mode: 0o755 },
    [`${plugins}/apps.plugin`]: { content: 'older', mode: 0o4755, owner: { userId: 0, groupId: 7 } },
  });
  given.set(`${plugins}/perf.plugin`, 'cap_sys_ptrace=ep');
  const undo = await undoOf(system);
  expect(undo.capabilities).toEqual({ 'usr/libexec/netdata/plugins.d/perf.plugin': 'cap_sys_ptrace=ep' });
  await installTree.run(step, stepContext(system));
  // The copy in its place has none until it is told.
  given.clear();
  await installTree.undo(JSON.parse(JSON.stringify(undo)), stepContext(system));
  expect(await stateOf('perf.plugin', system)).toBe('755 0:0');
  expect(await stateOf('apps.plugin', system)).toBe('4755 0:7');
  expect(given.get(`${plugins}/perf.plugin`)).toBe('cap_sys_ptrace=ep');
});

it('gives nothing the rights of root where somebody else could change it, and says so', async () => {
  const { system, given } = machine(['cap_perfmon+ep'], { '/opt/a': { directory: true, owner: { userId: 201, groupId: 201 } } });
  const context = stepContext(system);
  await installTree.run(step, context);
  expect(await stateOf('apps.plugin', system)).toBe('750 0:201');
  expect(given.size).toBe(0);
  expect(context.warned.join('\n')).toContain('Others than root can change /opt/a/netdata');
});

it('gives them to nothing in a directory of somebody else that was there before, who could swap it', async () => {
  const { system, given } = machine(['cap_perfmon+ep'], { [plugins]: { directory: true, owner: { userId: 201, groupId: 201 } } });
  const context = stepContext(system);
  await installTree.run(step, context);
  expect(await stateOf('apps.plugin', system)).toBe('750 0:201');
  expect(await stateOf('perf.plugin', system)).toBe('750 0:201');
  expect(given.size).toBe(0);
  expect(context.warned).toEqual([
    `${plugins}/apps.plugin gets no more rights than the agent has. ${plugins} belongs to netdata.`,
    `${plugins}/perf.plugin gets no more rights than the agent has. ${plugins} belongs to netdata.`,
  ]);
});

it('gives a capability back to nothing that somebody else can swap by then', async () => {
  const { system, given } = machine(['cap_perfmon+ep', 'cap_sys_ptrace=ep'], {
    [`${plugins}/perf.plugin`]: { content: 'older', mode: 0o755 },
  });
  given.set(`${plugins}/perf.plugin`, 'cap_sys_ptrace=ep');
  const undo = await undoOf(system);
  await installTree.run(step, stepContext(system));
  given.clear();
  await system.setOwner(plugins, { userId: 201, groupId: 201, mode: 0o755 });
  await installTree.undo(undo, stepContext(system));
  expect(await stateOf('perf.plugin', system)).toBe('755 0:0');
  expect(given.size).toBe(0);
});
