import { describe, expect, test } from 'vitest';
import { run } from '../../../src/cli/run.ts';
import type { World } from '../../../src/cli/world.ts';
import { Secret } from '../../../src/system/secret.ts';
import { debianMachine, dpkgDatabase } from '../../support/debian-machine.ts';
import type { FakeHttp, FakeSystemOptions } from '../../support/fake-system.ts';
import { fakeWorld } from '../../support/fake-world.ts';

const cloud = 'https://cloud.example';
const environment = { NETDATA_CLAIM_TOKEN: 'T0KEN', NETDATA_CLAIM_URL: cloud };

async function kickstart(words: readonly string[], machine: FakeSystemOptions = {}, changes: Partial<World> = {}) {
  const world = fakeWorld(debianMachine({ http: [{ url: cloud }], ...machine }), { environment, ...changes });
  const before = world.system.tree();
  const status = await run(words, world);
  const { requests } = world.system;
  return { status, requests, ...world.printed(), changed: JSON.stringify(world.system.tree()) !== JSON.stringify(before) };
}

/** A machine where somebody has this agent at this root. */
function agentAt(root: string, version: string, files: NonNullable<FakeSystemOptions['files']>): FakeSystemOptions {
  const program = `${root}/usr/sbin/netdata`;
  return {
    files: { [program]: { content: '', mode: 0o755 }, ...files },
    commands: [{ program, arguments: ['-v'], result: { stdout: `netdata ${version}\n` } }],
  };
}

const ours = agentAt('/opt/netdata', 'v1.31.0', {
  '/var/lib/kickstart/opt%2Fnetdata/receipt.jsonl': '',
  '/opt/netdata/etc/netdata/.install-type': "INSTALL_TYPE='kickstart-build'\n",
});
const packaged = agentAt('', 'v1.37.1', dpkgDatabase(['netdata', 'installed', '1.37.1-2']));
const byHand = agentAt('/opt/netdata', 'v1.31.0', { '/opt/netdata/etc/netdata/.environment': "IS_NETDATA_STATIC_BINARY='no'\n" });

describe('kickstart claim', () => {
  test.each<[string, readonly string[], FakeSystemOptions, string]>([
    ['an agent of ours', ['claim', '--install', '/opt'], ours, 'Claim the agent below /opt/netdata to https://cloud.example'],
    [
      'one that was built by hand',
      ['claim', '--install', '/opt'],
      byHand,
      'Claim the agent below /opt/netdata to https://cloud.example',
    ],
    ['one of a package', ['claim'], packaged, 'Claim the agent below / to https://cloud.example'],
    [
      'one with --claim-only',
      ['--claim-only', '--install', '/opt'],
      ours,
      'Claim the agent below /opt/netdata to https://cloud.example',
    ],
    [
      'one with a line of the manuals',
      ['claim', '-token=T', `-url=${cloud}`, '--install', '/opt'],
      ours,
      'Claim the agent below /opt/netdata to https://cloud.example',
    ],
  ])('claims %s as it is, and asks no release server', async (_, words, machine, title) => {
    const { status, output, changed } = await kickstart([...words, '--dry-run'], machine);
    expect({ status, changed, title: output.split('\n')[0] }).toEqual({ status: 0, changed: false, title });
  });

  test('refuses a --claim-user that this machine does not have, before anything is done', async () => {
    const { status, complaints, changed } = await kickstart(['claim', '--install', '/opt', '--claim-user', 'netdta'], {
      ...ours,
      commands: [...(ours.commands ?? []), { program: 'getent', result: { exitCode: 2 } }],
    });
    expect({ status, changed }).toEqual({ status: 2, changed: false });
    expect(complaints).toContain('--claim-user netdta is no user of this machine.');
  });

  test('answers to the name of the claiming script', async () => {
    const named = { commandName: '/opt/netdata/usr/sbin/netdata-claim.sh' };
    const { status, output } = await kickstart(['-token=T', '--install', '/opt', '--dry-run'], ours, named);
    expect({ status, title: output.split('\n')[0] }).toEqual({
      status: 0,
      title: 'Claim the agent below /opt/netdata to https://cloud.example',
    });
  });

  test.each([[['claim']], [['--claim-only']]])('refuses with %j where there is no agent, and says so', async (words) => {
    const { status, complaints, changed } = await kickstart(words, { http: [] });
    expect({ status, changed }).toEqual({ status: 3, changed: false });
    expect(complaints).toContain('There is no Netdata agent here that could be claimed.\n/usr/sbin/netdata is not there');
    expect(complaints).toContain('CLAIM_NO_AGENT.');
  });

  test('refuses where an install is unfinished, and says how to mend it', async () => {
    const { complaints } = await kickstart(['claim'], { files: { '/var/lib/kickstart/system/receipt.jsonl': '' }, http: [] });
    expect(complaints).toContain('There is a receipt of kickstart, and no agent that works at /usr/sbin/netdata.');
  });

  test('names the line that claims an agent which an install would have to leave alone', async () => {
    const { status, complaints } = await kickstart([], packaged, { environment: {} });
    expect(status).toBe(3);
    expect(complaints).toContain('To claim it as it is: kickstart claim, with a token.');
  });

  test.each<[string, readonly string[], object]>([
    ['the proxy that is given', ['--claim-proxy', 'http://p.example:3128'], { proxy: expect.any(Secret) }],
    ['none', ['--claim-noproxy'], { proxy: 'none' }],
    ["the agent's own", [], { proxy: expect.any(Secret) }],
    ['no look at the certificate', ['--claim-insecure', '--claim-noproxy'], { insecure: true }],
  ])('asks whether the Cloud is there in the way of the claim: through %s', async (_, words, wanted) => {
    const conf = { '/opt/netdata/etc/netdata/netdata.conf': '[cloud]\n  proxy = http://own.example:3128\n' };
    const machine = { ...ours, files: { ...ours.files, ...conf } };
    const { requests } = await kickstart(['claim', '--install', '/opt', '--dry-run', ...words], machine);
    expect(requests).toMatchObject([{ url: cloud, ...wanted }]);
  });

  test('takes the token from standard input', async () => {
    const input = { environment: {}, standardInput: async () => 'T0KEN' };
    const words = ['claim', '--claim-token-stdin', '--claim-url', cloud, '--install', '/opt', '--dry-run'];
    const { status, output, complaints } = await kickstart(words, ours, input);
    expect({ status, complaints }).toEqual({ status: 0, complaints: '' });
    expect(output).not.toContain('T0KEN');
  });

  test('gives its advice to people, and not to programs', async () => {
    const words = ['claim', '-W', 'set web mode', '--install', '/opt'];
    const line = ['claim', '-W', 'set', 'web', 'mode', 'none', '-token=T', '--install', '/opt', '--dry-run'];
    expect((await kickstart(line, ours)).complaints.split('\n')).toEqual([
      'The setting [web] mode of -W set is not one of a claim: set it in the configuration of the agent.',
      expect.stringMatching(/^A token on the command line can be read/),
      '',
    ]);
    expect((await kickstart([...line, '--json'], ours)).complaints).toBe('');
    expect((await kickstart(words, ours)).status).toBe(2);
  });
});

describe('kickstart claim --script-exit-codes', () => {
  const refused: FakeHttp[] = [{ url: cloud, failure: 'refused' }];
  test.each<[string, readonly string[], FakeSystemOptions, number]>([
    ['1 for an unknown option', ['-frobnicate'], {}, 1],
    ['4 for a Cloud that cannot be reached', ['--install', '/opt'], { ...ours, http: refused }, 4],
    ['7 where the script has no number of its own', [], { http: [] }, 7],
  ])('ends with %s', async (_, words, machine, wanted) => {
    const line = ['claim', '--script-exit-codes', ...words];
    expect((await kickstart(line, machine)).status).toBe(wanted);
    const { status, output } = await kickstart([...line, '--json'], machine);
    expect({ status, said: JSON.parse(output).exitStatus }).toEqual({ status: wanted, said: wanted });
  });

  test('is nothing that an install could do', async () => {
    expect((await kickstart(['--script-exit-codes'])).status).not.toBe(0);
  });
});
