import { describe, expect, test } from 'vitest';
import { run } from '../../../src/cli/run.ts';
import { debianMachine } from '../../support/debian-machine.ts';
import type { FakeEntry } from '../../support/fake-files.ts';
import type { FakeHttp } from '../../support/fake-system.ts';
import { fakeWorld } from '../../support/fake-world.ts';

const id = '11111111-2222-3333-4444-555555555555';
const root = '/opt/netdata';
const program = `${root}/usr/sbin/netdata`;
const state = `${root}/var/lib/netdata/cloud.d`;
const agent: Record<string, FakeEntry> = {
  '/var/lib/kickstart/opt%2Fnetdata/receipt.jsonl': '',
  [`${root}/etc/netdata/.install-type`]: "INSTALL_TYPE='kickstart-build'\n",
  [program]: { content: '', mode: 0o755 },
};
const claimed: Record<string, FakeEntry> = {
  [`${state}/claimed_id`]: id,
  [`${state}/rooms`]: 'room1,room2',
  [`${state}/cloud.conf`]: '[global]\n  enabled = yes\n  cloud base url = https://cloud.example\n',
};
const online = { 'cloud-enabled': true, 'cloud-available': true, 'agent-claimed': true, 'aclk-available': true };

async function status(
  files: Record<string, FakeEntry>,
  says: object | 'nobody' | undefined,
  words = ['--install', '/opt'],
  link?: object,
) {
  const info = 'http://127.0.0.1:19999/api/v1/info';
  const http: FakeHttp[] = [
    says === undefined || says === 'nobody'
      ? { url: info, failure: 'refused' }
      : { url: info, answer: { body: JSON.stringify({ version: 'v1.31.0', ...says }) } },
    ...(link === undefined ? [] : [{ url: /:19999\/api\/v1\/aclk$/, answer: { body: JSON.stringify(link) } }]),
    { url: /127\.0\.0\.1:19999/, answer: { status: 404 } },
  ];
  const commands = [
    { program, arguments: ['-v'], result: { stdout: 'netdata v1.31.0\n' } },
    { program: `${root}/usr/sbin/netdatacli`, result: { exitCode: 255 } },
  ];
  const processes = { 40: { program: says === 'nobody' ? '/bin/sh' : program, arguments: ['-D'] } };
  const world = fakeWorld(debianMachine({ files, http, commands, processes }));
  const before = JSON.stringify(world.system.tree());
  const exitStatus = await run(['status', ...words], world);
  expect(JSON.stringify(world.system.tree())).toBe(before);
  return { exitStatus, ...world.printed() };
}

describe('kickstart status', () => {
  test('of an agent that others can change runs nothing of it as root, and says so', async () => {
    const files = {
      ...agent,
      ...claimed,
      [`${root}/usr/sbin`]: { directory: true, owner: { userId: 1000, groupId: 1000 } } as const,
    };
    const { output } = await status(files, online);
    const lines = output.split('\n');
    expect(lines[0]).toBe(`Agent:             Netdata 1.31.0 at ${program}, installed by kickstart, running`);
    expect(lines).toContain(
      `Not run:           root runs nothing of this agent, because others can change it: ${root}/usr/sbin belongs to ada.`,
    );
  });

  test('goes on without what nobody can read: a huge file, a directory', async () => {
    const files = {
      ...agent,
      [`${state}/cloud.conf`]: '#'.repeat(1024 * 1024 + 1),
      [`${state}/claimed_id`]: { directory: true } as const,
    };
    const { output, complaints } = await status(files, online);
    expect(complaints).toBe('');
    expect(output).toContain('Link:              online\n');
  });

  test('says all of a node that is online, and ends with 0', async () => {
    const { exitStatus, output, complaints } = await status({ ...agent, ...claimed }, online);
    expect({ exitStatus, complaints }).toEqual({ exitStatus: 0, complaints: '' });
    const lines = output.split('\n');
    expect(lines[0]).toBe(`Agent:             Netdata 1.31.0 at ${program}, installed by kickstart, running`);
    expect(lines).toContain(`Claimed:           yes, as ${id} (cloud.d)`);
    expect(lines).toContain('Cloud:             https://cloud.example');
    expect(lines).toContain('Rooms:             room1, room2');
    expect(lines).toContain('Link:              online');
    expect(output).not.toContain('First thing wrong');
  });

  test('does not end with 0 for the link of an earlier claim', async () => {
    const link = { online: true, 'claimed-id': '99999999-2222-3333-4444-555555555555' };
    const { exitStatus, output } = await status({ ...agent, ...claimed }, online, ['--install', '/opt'], link);
    expect(exitStatus).toBe(6);
    expect(output).toContain('Claimed:           yes, as 99999999-2222-3333-4444-555555555555 (cloud.d)\n');
    expect(output).toContain('Code:              CLAIM_RESTART_NEEDED\n');
  });

  test('says the same to programs, with every check', async () => {
    const { exitStatus, output } = await status({ ...agent, ...claimed }, online, ['--install', '/opt', '--json']);
    expect(exitStatus).toBe(0);
    expect(JSON.parse(output)).toMatchObject({
      agent: { state: 'running', version: '1.31.0', generation: 'cloud.d', port: 19999 },
      claim: { claimed: true, id, url: 'https://cloud.example', rooms: ['room1', 'room2'] },
      link: { state: 'online' },
      installedBy: 'kickstart',
      exitStatus: 0,
      checks: expect.arrayContaining([expect.objectContaining({ layer: 'claimed', result: 'pass' })]),
    });
  });

  test.each<[string, Record<string, FakeEntry>, object | 'nobody' | undefined, string]>([
    ['the agent does not run', { ...agent, ...claimed }, 'nobody', 'running'],
    ['the agent does not answer', { ...agent, ...claimed }, undefined, 'answering'],
    [
      'Cloud is switched off',
      { ...agent, ...claimed },
      { ...online, 'cloud-enabled': false, 'aclk-available': false },
      'cloud-enabled',
    ],
    ['a library is missing', agent, { ...online, 'cloud-available': false, 'aclk-available': false }, 'cloud-available'],
    ['it is not claimed', agent, { ...online, 'agent-claimed': false, 'aclk-available': false }, 'claimed'],
  ])('names the first thing that is wrong when %s, and ends with 6', async (_, files, says, layer) => {
    const { exitStatus, output } = await status(files, says, ['--install', '/opt', '--json']);
    expect({ exitStatus, ...JSON.parse(output) }).toMatchObject({ exitStatus: 6, firstFailing: { layer } });
    expect((await status(files, says)).output).toMatch(
      /\nFirst thing wrong: \S.*\nWhat to do: {8}\S.*\nCode: {14}LINK_[A-Z_]+\n$/,
    );
  });

  const staticAgent: Record<string, FakeEntry> = {
    [`${root}/bin/netdata`]: { content: '#!/opt/netdata/bin/bash', mode: 0o755 },
    [`${root}/bin/srv/netdata`]: { content: 'ELF', mode: 0o755 },
    [`${root}/etc/netdata/.install-type`]: "INSTALL_TYPE='kickstart-static'\n",
    [`${state}/claimed_id`]: id,
  };
  const ofWrapper = [{ program: `${root}/bin/netdata`, arguments: ['-v'], result: { stdout: 'netdata v1.45.3\n' } }];

  test.each([[[]], [['--install', '/opt']]])('says where a static build is, and that it is claimed, with %j', async (words) => {
    const world = fakeWorld(
      debianMachine({ files: staticAgent, commands: ofWrapper, processes: { 7: { program: '/bin/sh', arguments: [] } } }),
    );
    expect(await run(['status', ...words], world)).toBe(6);
    const lines = world.printed().output.split('\n');
    expect(lines[0]).toBe(
      `Agent:             Netdata 1.45.3 at ${root}/bin/netdata, installed by Netdata's static build, stopped`,
    );
    expect(lines[1]).toBe(`Claimed:           yes, as ${id} (cloud.d)`);
  });

  test('names each of two agents, and the option that picks the other one', async () => {
    const files = { ...staticAgent, '/usr/sbin/netdata': { content: '', mode: 0o755 } };
    const commands = [...ofWrapper, { program: '/usr/sbin/netdata', arguments: ['-v'], result: { stdout: 'netdata v1.31.0\n' } }];
    const look = async (words: readonly string[]) => {
      const world = fakeWorld(debianMachine({ files, commands, processes: { 7: { program: '/bin/sh', arguments: [] } } }));
      await run(['status', ...words], world);
      return world.printed().output;
    };
    const system = await look([]);
    expect(system).toContain('Netdata 1.31.0 at /usr/sbin/netdata,');
    expect(system).toContain(`\nAnother agent:     ${root}/bin/netdata; see kickstart status --install /opt\n`);
    const named = await look(['--install', '/opt']);
    expect(named).toContain(`Netdata 1.45.3 at ${root}/bin/netdata,`);
    expect(named).toContain('\nAnother agent:     /usr/sbin/netdata; see kickstart status\n');
  });

  test('shows no default for what this user may not read', async () => {
    const world = fakeWorld(
      debianMachine({
        files: { ...staticAgent, '/proc/1/cmdline': 'init\0' },
        commands: ofWrapper,
        owner: { userId: 1000, groupId: 1000 },
      }),
    );
    const { system } = world;
    const refused = Object.assign(new Error('EACCES'), { code: 'EACCES' });
    const readFile: typeof system.readFile = (path, how) =>
      path.startsWith(state) || path.endsWith('netdata.conf') ? Promise.reject(refused) : system.readFile(path, how);
    expect(
      await run(['status', '--install', '/opt', '--state-directory', '/tmp/state'], {
        ...world,
        system: { ...system, readFile },
      }),
    ).toBe(6);
    const { output } = world.printed();
    expect(output).toMatch(/^Claimed: {11}cannot be read by /m);
    expect(output).toMatch(/^Cloud: {13}cannot be read by /m);
    expect(output).toMatch(/^Proxy: {13}cannot be read by /m);
    expect(output).toContain(
      `\nNot read:          ${root}/etc/netdata/netdata.conf, ${state}/cloud.conf, ${state}/claimed_id (by `,
    );
    expect(output).not.toContain('app.netdata.cloud');
  });

  test('says that there is no agent, and ends with 6', async () => {
    expect(await status({}, undefined, [])).toEqual({
      exitStatus: 6,
      complaints: '',
      output: 'No agent works at /usr/sbin/netdata.\n',
    });
    expect(JSON.parse((await status({}, undefined, ['--json'])).output)).toEqual({ agent: { state: 'none' }, exitStatus: 6 });
  });

  test('says of a run that was killed what the next one takes back first, to programs too', async () => {
    const records = [
      { record: 'run', schema: 2, runId: 'r1', goal: 'claim', title: 'Claim it', version: '0.1.0', at: 1, created: [] },
      { record: 'started', runId: 'r1', id: 'c', kind: 'claim-node', title: 'Claim this node', undo: {}, at: 2 },
    ];
    const receipt = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    const cutOff = { ...agent, ...claimed, '/var/lib/kickstart/opt%2Fnetdata/receipt.jsonl': receipt };
    const says = 'A run was cut off: Claim it. The next run first takes back what is half-done: Claim this node.';
    expect((await status(cutOff, online)).output).toContain(`\nEarlier run:       ${says}\n`);
    const { output } = await status(cutOff, online, ['--install', '/opt', '--json']);
    expect(JSON.parse(output)).toMatchObject({ earlierRun: { says, takesBack: ['Claim this node'] } });
    const none = { '/var/lib/kickstart/system/receipt.jsonl': receipt };
    expect((await status(none, undefined, [])).output).toBe(`No agent works at /usr/sbin/netdata.\n${says}\n`);
  });

  test('shows a proxy without its password', async () => {
    const conf = { [`${root}/etc/netdata/netdata.conf`]: '[cloud]\n  proxy = http://ann:s3cret@p.example:3128\n' };
    const { output } = await status({ ...agent, ...claimed, ...conf }, online);
    expect(output).toMatch(/^Proxy: {13}.*http:\/\/p\.example:3128/m);
    expect(output).not.toContain('s3cret');
  });
});
