import { describe, expect, test } from 'vitest';
import { run } from '../../../src/cli/run.ts';
import { debianMachine } from '../../support/debian-machine.ts';
import type { FakeEntry } from '../../support/fake-files.ts';
import type { FakeHttp } from '../../support/fake-system.ts';
import { fakeWorld } from '../../support/fake-world.ts';

const id = '11111111-2222-3333-4444-555555555555';
const program = '/opt/netdata/usr/sbin/netdata';
const state = '/opt/netdata/var/lib/netdata/cloud.d';
const agent: Record<string, FakeEntry> = {
  '/var/lib/kickstart/opt%2Fnetdata/receipt.jsonl': '',
  '/opt/netdata/etc/netdata/.install-type': "INSTALL_TYPE='kickstart-build'\n",
  [program]: { content: '', mode: 0o755 },
};
const claimed: Record<string, FakeEntry> = {
  [`${state}/claimed_id`]: id,
  [`${state}/rooms`]: 'room1,room2',
  [`${state}/cloud.conf`]: '[global]\n  enabled = yes\n  cloud base url = https://cloud.example\n',
};
const online = { 'cloud-enabled': true, 'cloud-available': true, 'agent-claimed': true, 'aclk-available': true };

async function status(files: Record<string, FakeEntry>, says: object | undefined, words: readonly string[] = []) {
  const info = 'http://127.0.0.1:19999/api/v1/info';
  const http: FakeHttp[] = [
    says === undefined
      ? { url: info, failure: 'refused' }
      : { url: info, answer: { body: JSON.stringify({ version: 'v1.31.0', ...says }) } },
  ];
  const commands = [{ program, arguments: ['-v'], result: { stdout: 'netdata v1.31.0\n' } }];
  const world = fakeWorld(debianMachine({ files, http, commands }));
  const before = JSON.stringify(world.system.tree());
  const exitStatus = await run(['status', '--install', '/opt', ...words], world);
  expect(JSON.stringify(world.system.tree())).toBe(before);
  return { exitStatus, ...world.printed() };
}

const asJson = async (...given: [Record<string, FakeEntry>, object | undefined]) =>
  JSON.parse((await status(...given, ['--json'])).output);

describe('kickstart status', () => {
  test('says all of a node that is online, and ends with 0', async () => {
    expect(await status({ ...agent, ...claimed }, online)).toEqual({
      exitStatus: 0,
      complaints: '',
      output: [
        `Agent:             Netdata 1.31.0 at ${program}, installed by kickstart, claimed by cloud.d`,
        'Runs:              yes, and answers at http://127.0.0.1:19999',
        `Claimed:           yes, as ${id}`,
        'Cloud:             https://cloud.example',
        'Rooms:             room1, room2',
        `State in:          ${state}`,
        'Proxy:             env',
        'Link:              online',
        '',
      ].join('\n'),
    });
  });

  test('says the same to programs', async () => {
    expect(await asJson({ ...agent, ...claimed }, online)).toEqual({
      agent: { state: 'running', path: program, version: '1.31.0', installedBy: 'kickstart' },
      generation: 'cloud.d',
      port: 19999,
      claim: { state: 'claimed', id, url: 'https://cloud.example', rooms: ['room1', 'room2'], directory: state },
      link: 'online',
      proxy: 'env',
      exitStatus: 0,
    });
  });

  test.each<[string, Record<string, FakeEntry>, object | undefined, string]>([
    ['there is no agent', {}, undefined, 'agent'],
    ['the agent does not answer', { ...agent, ...claimed }, undefined, 'answer'],
    [
      'Cloud is switched off',
      { ...agent, ...claimed },
      { ...online, 'cloud-enabled': false, 'aclk-available': false },
      'cloud-enabled',
    ],
    [
      'a library is missing',
      agent,
      { ...online, 'cloud-available': false, 'agent-claimed': false, 'aclk-available': false },
      'cloud-available',
    ],
    ['it is not claimed', agent, { ...online, 'agent-claimed': false, 'aclk-available': false }, 'claim'],
    [
      'its claim was not read',
      { ...agent, ...claimed },
      { ...online, 'agent-claimed': false, 'aclk-available': false },
      'credentials',
    ],
    ['its link is down', { ...agent, ...claimed }, { ...online, 'aclk-available': false }, 'link'],
  ])('names the first thing that is wrong when %s, and ends with 6', async (_, files, says, layer) => {
    expect(await asJson(files, says)).toMatchObject({ exitStatus: 6, failing: { layer } });
    const { exitStatus, output } = await status(files, says);
    expect(exitStatus).toBe(6);
    expect(output).toMatch(/\nFirst thing wrong: \S.*\nWhat to do: {8}\S/);
  });

  test('shows a proxy without its password, and says what the link cannot do with it', async () => {
    const conf = { '/opt/netdata/etc/netdata/netdata.conf': '[cloud]\n  proxy = http://ann:s3cret@p.example:3128\n' };
    const { output } = await status({ ...agent, ...claimed, ...conf }, { ...online, 'aclk-available': false });
    expect(output).toContain('Proxy:             http://p.example:3128, with a login\n');
    expect(output).toContain(
      'First thing wrong: The agent-cloud link of Netdata 1.31.0 can use a proxy with user and password only',
    );
    expect(output).not.toContain('s3cret');
  });
});
