import { describe, expect, test } from 'vitest';
import { run } from '../../../src/cli/run.ts';
import { debianFiles, debianMachine } from '../../support/debian-machine.ts';
import type { FakeEntry } from '../../support/fake-files.ts';
import type { FakeSystemOptions } from '../../support/fake-system.ts';
import { fakeSystemd } from '../../support/fake-systemd.ts';
import { fakeWorld } from '../../support/fake-world.ts';

const id = '11111111-2222-3333-4444-555555555555';
const root = '/opt/netdata';
const stateDirectory = '/var/lib/kickstart/opt%2Fnetdata';
const claimDirectory = `${root}/var/lib/netdata/cloud.d`;
const netdata = { userId: 999, groupId: 999 };

const agent: Record<string, FakeEntry> = {
  '/etc/passwd': `${debianFiles['/etc/passwd']}netdata:x:999:999::/:/bin/false\n`,
  [`${stateDirectory}/receipt.jsonl`]: '',
  [`${root}/etc/netdata/.install-type`]: "INSTALL_TYPE='kickstart-build'\n",
  [`${root}/usr/sbin/netdata`]: { content: '', mode: 0o755 },
  [`${root}/usr/sbin/netdatacli`]: { content: '', mode: 0o755 },
};
const credentials: Record<string, FakeEntry> = {
  [claimDirectory]: { directory: true, mode: 0o770, owner: netdata },
  [`${claimDirectory}/claimed_id`]: { content: id, mode: 0o640, owner: netdata },
  [`${claimDirectory}/private.pem`]: { content: 'PRIVATE', mode: 0o640, owner: netdata },
  [`${claimDirectory}/public.pem`]: { content: 'PUBLIC', mode: 0o640, owner: netdata },
  [`${claimDirectory}/cloud.conf`]: '[global]\n  enabled = yes\n  cloud base url = https://cloud.example\n',
};

/** A machine with an agent that reads its claim whenever it is asked. */
function machine(files: Record<string, FakeEntry>, more: FakeSystemOptions = {}) {
  const info = () => {
    const claimed = world.system.exists(`${claimDirectory}/claimed_id`);
    return { body: JSON.stringify({ ...says, 'agent-claimed': claimed, 'aclk-available': claimed }) };
  };
  const says = { version: 'v1.31.0', 'cloud-enabled': true, 'cloud-available': true };
  const systemd = fakeSystemd();
  const world = fakeWorld(
    debianMachine({
      files: { ...agent, ...systemd.files, '/run/units/netdata.service': '', ...files },
      http: [
        { url: 'http://127.0.0.1:19999/api/v1/info', answer: info },
        { url: /127\.0\.0\.1:19999/, answer: { status: 404 } },
      ],
      commands: [
        { program: `${root}/usr/sbin/netdata`, arguments: ['-v'], result: { stdout: 'netdata v1.31.0\n' } },
        { program: `${root}/usr/sbin/netdatacli`, arguments: ['reload-claiming-state'] },
        { program: `${root}/usr/sbin/netdatacli`, arguments: ['aclk-state', 'json'], result: { exitCode: 255 } },
        ...systemd.commands,
      ],
      processes: { 40: { program: `${root}/usr/sbin/netdata`, arguments: ['-D'] } },
      ...more,
    }),
  );
  return world;
}

const unclaim = ['unclaim', '--install', '/opt'];

describe('kickstart unclaim', () => {
  test('takes the credentials away, and proves that the link is down', async () => {
    const world = machine(credentials);
    expect({ status: await run(unclaim, world), complaints: world.printed().complaints }).toEqual({ status: 0, complaints: '' });
    for (const name of ['claimed_id', 'private.pem', 'public.pem'])
      expect(world.system.exists(`${claimDirectory}/${name}`)).toBe(false);
    expect(world.printed().output).not.toContain('PRIVATE');
  });

  test('--restore is refused, and nothing stopped, where something else is in the place of a credential', async () => {
    const world = machine(credentials);
    await run(unclaim, world);
    await world.system.createLink(`${claimDirectory}/public.pem`, '/etc/shadow');
    const before = world.system.calls.length;
    expect(await run([...unclaim, '--restore'], world)).toBe(3);
    expect(world.printed().complaints).toContain('HOST_PATH_TAKEN');
    expect(world.system.calls.slice(before).filter((call) => call.startsWith('run '))).toEqual([]);
    expect(world.system.exists(`${claimDirectory}/claimed_id`)).toBe(false);
  });

  test('--restore gives them back, and proves that the node is online again', async () => {
    const world = machine(credentials);
    await run(unclaim, world);
    expect(await run([...unclaim, '--restore'], world)).toBe(0);
    expect(world.system.readText(`${claimDirectory}/claimed_id`)).toBe(id);
    expect(world.system.readText(`${claimDirectory}/private.pem`)).toBe('PRIVATE');
    expect(await run(['status', '--install', '/opt'], world)).toBe(0);
  });

  test('restarts nothing that has no claim, says so, and ends with 0', async () => {
    const info = { version: 'v2.3.0', 'cloud-enabled': true, 'cloud-available': true, 'agent-claimed': false };
    const world = machine(
      {},
      {
        http: [{ url: 'http://127.0.0.1:19999/api/v1/info', answer: { body: JSON.stringify(info) } }],
        commands: [
          { program: `${root}/usr/sbin/netdata`, arguments: ['-v'], result: { stdout: 'netdata v2.3.0\n' } },
          { program: `${root}/usr/sbin/netdatacli`, arguments: ['reload-claiming-state'] },
        ],
        processes: { 40: { program: `${root}/usr/sbin/netdata`, arguments: ['-D'] } },
      },
    );
    expect(await run(unclaim, world)).toBe(0);
    expect(world.printed().output).toContain('It is not claimed');
    expect(world.printed().output).toContain('Nothing had to be changed');
    expect(
      world.system.calls.filter((call) => /^(run|query|signalProcess) .*(kill|systemctl|netdatacli)|^signal/.test(call)),
    ).toEqual([]);
  });

  test('tells an agent that it cannot restart and that does not answer, and does not say that its link is down', async () => {
    const processes = { 40: { program: `${root}/usr/sbin/netdata`, arguments: ['-D'] } };
    const world = machine(credentials, { http: [{ url: /127\.0\.0\.1:19999/, answer: { status: 404 } }], processes });
    expect(await run([...unclaim, '--state-directory', '/state/of/another/kickstart'], world)).toBe(6);
    expect(world.system.calls).toContain(`run ${root}/usr/sbin/netdatacli reload-claiming-state`);
    expect(world.printed().complaints).toContain('LINK_AGENT_SILENT');
  });

  test('--dry-run changes nothing', async () => {
    const world = machine(credentials);
    const before = JSON.stringify(world.system.tree());
    expect(await run([...unclaim, '--dry-run'], world)).toBe(0);
    expect(JSON.stringify(world.system.tree())).toBe(before);
    expect(world.printed().output.split('\n')[0]).toBe('Unclaim the agent below /opt/netdata');
  });

  test.each<[string, readonly string[], Record<string, FakeEntry>, FakeSystemOptions, string]>([
    ['where there is no agent', [], { [`${root}/usr/sbin/netdata`]: '' }, { http: [] }, 'CLAIM_NO_AGENT'],
    [
      'a link in the place of a credential',
      [],
      { ...credentials, [`${claimDirectory}/rooms`]: { link: '/etc/shadow' } },
      {},
      'HOST_PATH_TAKEN',
    ],
    ['to give back what was never taken', ['--restore'], {}, {}, 'CLAIM_NOTHING_TO_RESTORE'],
    [
      'whom the agent does not belong to',
      [],
      { ...credentials, [stateDirectory]: { directory: true, owner: { userId: 1000, groupId: 1000 } } },
      { owner: { userId: 1000, groupId: 1000 } },
      'CLAIM_WRONG_USER',
    ],
  ])('refuses %s', async (_, words, files, more, code) => {
    const world = machine(files, more);
    expect(await run([...unclaim, '--state-directory', stateDirectory, ...words], world)).toBe(3);
    expect(world.printed().complaints).toContain(`${code}.`);
  });

  test('knows no option of a claim, and heeds none of its variables', async () => {
    const world = machine(credentials);
    expect(await run([...unclaim, '--claim-token', 'T0KEN'], world)).toBe(2);
    expect(world.printed().complaints).not.toContain('T0KEN');
    const claims = { ...machine(credentials), environment: { NETDATA_CLAIM_TOKEN: 'T', NETDATA_EXTRA_CLAIM_OPTS: '-x' } };
    expect(await run([...unclaim, '--dry-run'], claims)).toBe(0);
  });
});
