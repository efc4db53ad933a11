import { expect, it } from 'vitest';
import { type JoinGroupsUndo, joinGroups } from '../../src/steps/join-groups.ts';
import { fakeAccounts } from '../support/fake-accounts.ts';
import { createFakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const stateDirectory = '/var/lib/kickstart/opt%2Fa%2Fnetdata';
const step = { kind: 'join-groups', user: 'netdata', groups: ['docker', 'adm', 'proxy'], stateDirectory } as const;
const undo: JoinGroupsUndo = { user: 'netdata', joined: ['adm'], stateDirectory };

function machine(more: Record<string, string> = {}) {
  const { files, commands } = fakeAccounts();
  return createFakeSystem({ files: { ...files, ...more }, commands });
}

it('puts the user into the groups that are here, and takes it out of them again', async () => {
  const system = machine();
  const before = system.tree();
  expect(await joinGroups.inspect(step, system)).toEqual(undo);
  await joinGroups.run(step, stepContext(system));
  expect(system.readText('/etc/group')).toBe('root:x:0:\nadm:x:4:syslog,netdata\nnetdata:x:201:\n');
  expect(await joinGroups.inspect(step, system)).toBeUndefined();
  for (const _ of [1, 2]) await joinGroups.undo(undo, stepContext(system));
  expect(system.tree()).toEqual(before);
});

it('leaves a group that the user was in before', async () => {
  const system = machine({ '/etc/group': 'adm:x:4:netdata\nproxy:x:13:\n' });
  expect(await joinGroups.inspect(step, system)).toEqual({ ...undo, joined: ['proxy'] });
});

it('leaves the user where another install of kickstart has it', async () => {
  const other = '/var/lib/kickstart/opt%2Fb%2Fnetdata/receipt.jsonl';
  const line = { record: 'step', kind: 'create-account', undo: { user: 'netdata', home: '/', groupCreated: true } };
  const system = machine({ [other]: `${JSON.stringify(line)}\n`, '/etc/group': 'adm:x:4:netdata\n' });
  const context = stepContext(system);
  await joinGroups.undo(undo, context);
  expect(system.readText('/etc/group')).toBe('adm:x:4:netdata\n');
  expect(context.said.join('\n')).toContain(`another install uses it, by its receipt ${other}.`);
});

it('has nothing to take back when the user is gone', async () => {
  const system = machine({ '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n' });
  await joinGroups.undo(undo, stepContext(system));
  expect(system.commandsGiven.filter(({ program }) => program !== 'getent')).toEqual([]);
});

it('warns of a group that the user cannot be put into, as one of LDAP, and goes on', async () => {
  const { files } = fakeAccounts();
  const result = { exitCode: 6, stderr: "usermod: user 'netdata' does not exist in /etc/passwd" };
  const commands = [
    { program: 'usermod', result },
    { program: 'getent', result: { exitCode: 2 } },
  ];
  const system = createFakeSystem({ files: { ...files, '/etc/group': 'adm:x:4:\nproxy:x:13:\n' }, commands });
  const context = stepContext(system);
  await joinGroups.run(step, context);
  expect(context.warned).toHaveLength(2);
  expect(context.warned[0]).toContain(`netdata could not be put into the group adm: `);
  expect(context.warned[0]).toContain('does not exist in /etc/passwd');
  await joinGroups.undo({ ...undo, joined: ['adm', 'proxy'] }, context);
  expect(system.commandsGiven.filter(({ program }) => !['getent', 'usermod'].includes(program))).toEqual([]);
});

it('warns where a machine has no program for it, as for a user that was made by hand', async () => {
  const { files } = fakeAccounts();
  const programs = Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith('/etc/')));
  const system = createFakeSystem({ files: programs, commands: [{ program: 'getent', result: { exitCode: 2 } }] });
  const context = stepContext(system);
  await joinGroups.run(step, context);
  expect(context.warned.join()).toContain('netdata could not be put into the group adm: ');
});
