import { expect, it } from 'vitest';
import { KickstartError } from '../../src/errors.ts';
import { createAccount } from '../../src/steps/create-account.ts';
import { fakeAccounts } from '../support/fake-accounts.ts';
import { createFakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const stateDirectory = '/var/lib/kickstart/opt%2Fa%2Fnetdata';
const step = { kind: 'create-account', user: 'collector', home: '/var/lib/collector', stateDirectory } as const;

function machine(more: Record<string, string> = {}) {
  const { files, commands } = fakeAccounts();
  return createFakeSystem({ files: { ...files, ...more }, commands });
}

function commandsOf({ commandsGiven }: ReturnType<typeof machine>) {
  return commandsGiven
    .map(({ program, arguments: words }) => [program, ...words].join(' '))
    .filter((line) => !line.startsWith('getent'));
}

it('creates a system user that nobody can log in as, and its group, and removes both', async () => {
  const system = machine();
  const before = system.tree();
  const undo = await createAccount.inspect(step, system);
  expect(undo).toEqual({ user: 'collector', home: '/var/lib/collector', groupCreated: true, stateDirectory });
  await createAccount.run(step, stepContext(system));
  expect(commandsOf(system)).toEqual([
    'groupadd --system collector',
    'useradd --system --gid collector --no-create-home --home-dir /var/lib/collector --shell /usr/sbin/nologin collector',
  ]);
  expect(await createAccount.inspect(step, system)).toBeUndefined();
  for (const _ of [1, 2]) await createAccount.undo(undo ?? { user: '', home: '', groupCreated: false }, stepContext(system));
  expect(system.tree()).toEqual(before);
});

it('uses the user that another install makes at the same moment, and is sure to find it again when that one goes', async () => {
  const system = machine();
  const undo = await createAccount.inspect(step, system);
  const other = { ...undo, home: '/var/lib/other' };
  const run: typeof system.run = async (command, signal) => {
    if (command.program !== 'useradd') return system.run(command, signal);
    const receipt = '/var/lib/kickstart/opt%2Fb%2Fnetdata/receipt.jsonl';
    system.place(receipt, `${JSON.stringify({ kind: 'create-account', undo: other })}\n`);
    system.place('/etc/passwd', `${system.readText('/etc/passwd')}collector:x:990:990::/var/lib/other:/usr/sbin/nologin\n`);
    throw new KickstartError('HOST_COMMAND_FAILED', { what: 'useradd: user collector exists', why: '', next: '' });
  };
  const context = stepContext({ ...system, run });
  await createAccount.run(step, context);
  expect(context.added).toEqual({ home: '/var/lib/other', groupCreated: true });
});

it('tries again while another install has the account files locked, and gives up when that does not end', async () => {
  const system = machine();
  let locked = 2;
  const run: typeof system.run = async (command, signal) => {
    locked -= 1;
    if (locked < 0) return system.run(command, signal);
    throw new KickstartError('HOST_COMMAND_FAILED', { what: 'cannot lock /etc/group; try again later.', why: '', next: '' });
  };
  await createAccount.run(step, stepContext({ ...system, run }));
  expect(system.readText('/etc/passwd')).toContain('collector');
  const stuck = machine();
  locked = Number.POSITIVE_INFINITY;
  await expect(createAccount.run(step, stepContext({ ...stuck, run }))).rejects.toMatchObject({ code: 'HOST_COMMAND_FAILED' });
});

it('leaves a user that was there before', async () => {
  const system = machine();
  expect(await createAccount.inspect({ ...step, user: 'netdata' }, system)).toBeUndefined();
});

it('uses a group that was there before, and leaves it', async () => {
  const system = machine({ '/etc/group': 'root:x:0:\ncollector:x:990:\n' });
  const before = system.tree();
  const undo = await createAccount.inspect(step, system);
  await createAccount.run(step, stepContext(system));
  expect(commandsOf(system)[0]).toMatch(/^useradd /);
  await createAccount.undo(undo ?? { user: '', home: '', groupCreated: true }, stepContext(system));
  expect(system.tree()).toEqual(before);
});

it('takes back a group without a user', async () => {
  const system = machine({ '/etc/group': 'root:x:0:\ncollector:x:990:\n' });
  await createAccount.undo({ user: 'collector', home: '/var/lib/collector', groupCreated: true }, stepContext(system));
  expect(system.readText('/etc/group')).toBe('root:x:0:\n');
});

it('leaves a group in which somebody else is now, and says so', async () => {
  const system = machine({ '/etc/group': 'root:x:0:\ncollector:x:990:alice,bob\n' });
  const context = stepContext(system);
  await createAccount.undo({ user: 'collector', home: '/var/lib/collector', groupCreated: true }, context);
  expect(system.readText('/etc/group')).toContain('collector');
  expect(context.said).toEqual(['Left the group collector: alice, bob are in it.']);
});

it('leaves another user of the same name, and says so', async () => {
  const system = machine({ '/etc/passwd': 'root:x:0:0::/root:/bin/sh\ncollector:x:1000:1000::/home/collector:/bin/sh\n' });
  const context = stepContext(system);
  await createAccount.undo({ user: 'collector', home: '/var/lib/collector', groupCreated: true }, context);
  expect(system.readText('/etc/passwd')).toContain('/home/collector');
  expect(context.said).toEqual([
    'Left the user collector: its home is /home/collector, so it is not the one that kickstart created.',
  ]);
});

it('finds a user that only the name services know', async () => {
  const system = machine();
  system.script({
    commands: [{ program: 'getent', arguments: ['passwd', 'collector'], result: { stdout: 'collector:*:7:7::/:/bin/sh\n' } }],
  });
  expect(await createAccount.inspect(step, system)).toBeUndefined();
});

it('says what it looked for on a machine that has no program for accounts', async () => {
  const system = createFakeSystem({ commands: [{ program: 'getent', result: { exitCode: 127 } }] });
  await expect(createAccount.run(step, stepContext(system))).rejects.toMatchObject({
    code: 'HOST_UNSUPPORTED_SYSTEM',
    why: expect.stringContaining('useradd, pw, adduser'),
  });
});

it.each([
  ['adduser', ['addgroup -S collector', 'adduser -S -D -H -G collector -h /var/lib/collector -s /bin/false collector']],
  ['pw', ['pw groupadd collector', 'pw useradd collector -g collector -d /var/lib/collector -s /bin/false']],
])('uses %s where that is the program for accounts', async (program, lines) => {
  const system = createFakeSystem({
    files: { [`/usr/sbin/${program}`]: { content: '', mode: 0o755 } },
    commands: [
      { program: 'getent', result: { exitCode: 127 } },
      { program: 'addgroup' },
      { program: 'adduser' },
      { program: 'pw' },
    ],
  });
  await createAccount.run(step, stepContext(system));
  expect(commandsOf(system)).toEqual(lines);
});

it('is of two installs when they are side by side, and goes with the last of them', async () => {
  const system = machine();
  const before = system.tree();
  const [first, second] = [step, { ...step, home: '/opt/b/lib', stateDirectory: '/var/lib/kickstart/opt%2Fb%2Fnetdata' }];
  const undos = [];
  for (const { stateDirectory: directory, ...more } of [first, second]) {
    const one = { ...more, stateDirectory: directory };
    const undo = await createAccount.inspect(one, system);
    if (undo === undefined) throw new Error('The step has nothing to do.');
    undos.push(undo);
    system.place(`${directory}/receipt.jsonl`, `torn{"create-account"\n${JSON.stringify({ kind: 'create-account', undo })}\n`);
    await createAccount.run(one, stepContext(system));
  }
  expect(commandsOf(system).filter((line) => line.startsWith('useradd'))).toHaveLength(1);
  expect(undos[1]).toMatchObject({ home: '/var/lib/collector', groupCreated: true });

  const context = stepContext(system);
  await createAccount.undo(undos[0] ?? { user: '', home: '', groupCreated: false }, context);
  expect(system.readText('/etc/passwd')).toContain('collector');
  expect(context.said).toEqual([
    'Left the user collector: another install uses it, by its receipt /var/lib/kickstart/opt%2Fb%2Fnetdata/receipt.jsonl.',
  ]);
  system.remove('/var');
  await createAccount.undo(undos[1] ?? { user: '', home: '', groupCreated: false }, context);
  expect(system.tree()).toEqual(before);
});

it('is left when it was there before any install', async () => {
  const system = machine({
    '/var/lib/kickstart/opt%2Fb%2Fnetdata/receipt.jsonl': `${JSON.stringify({ kind: 'create-account', undo: { user: 'netdata', home: '/elsewhere', groupCreated: true } })}\n`,
  });
  expect(await createAccount.inspect({ ...step, user: 'netdata' }, system)).toBeUndefined();
});
