import { describe, expect, test } from 'vitest';
import { run } from '../../../src/cli/run.ts';
import type { World } from '../../../src/cli/world.ts';
import { debianMachine } from '../../support/debian-machine.ts';
import type { FakeHttp, FakeSystemOptions } from '../../support/fake-system.ts';
import { fakeWorld } from '../../support/fake-world.ts';
import { releaseServer } from '../../support/release-server.ts';

const releaseUrl = 'https://releases.example';
const line = ['--install', '/opt', '--release-url', releaseUrl];
const claimLine = [...line, '--claim-token', 'T0KEN', '--claim-url', 'https://cloud.example'];
const cloudAnswers: FakeHttp = { url: 'https://cloud.example' };
const net = [...releaseServer(releaseUrl), cloudAnswers];

async function kickstart(words: readonly string[], machine: FakeSystemOptions = {}, changes: Partial<World> = {}) {
  const world = fakeWorld(debianMachine({ http: net, ...machine }), changes);
  const before = world.system.tree();
  const status = await run(words, world);
  return { status, ...world.printed(), changed: JSON.stringify(world.system.tree()) !== JSON.stringify(before) };
}

describe('kickstart --dry-run', () => {
  test('says what would be done on this machine, and changes nothing', async () => {
    const { status, output, complaints, changed } = await kickstart([...claimLine, '--dry-run']);
    expect({ status, changed }).toEqual({ status: 0, changed: false });
    expect(complaints).toMatch(/^A token on the command line can be read by every user .*\n$/);
    const [title] = output.split('\n');
    expect(title).toBe('Install Netdata v1.31.0 below /opt/netdata and claim it to https://cloud.example');
    expect(output).toContain('  - Build JSON-C 0.16 (may fail, 2 at once)\n');
    expect(output).toContain('  - Wait until the agent says that it is online at https://cloud.example\n');
  });

  test('gives programs the plan itself, without the token', async () => {
    const { status, output } = await kickstart([...claimLine, '--dry-run', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ goal: 'install', stages: expect.any(Array) });
    expect(output).not.toContain('T0KEN');
  });

  test.each([
    ['claims an agent of ours that is here', claimLine, 'v1.30.0', 'Claim the agent below /opt/netdata to https://cloud.example'],
    ['upgrades an agent of ours that is older', line, 'v1.30.0', 'Upgrade Netdata below /opt/netdata from v1.30.0 to v1.31.0'],
    ['only checks one that is the newest', line, 'v1.31.0', 'Netdata v1.31.0 below /opt/netdata is up to date'],
  ])('%s', async (_, words, version, title) => {
    const { status, output } = await kickstart([...words, '--dry-run'], agentOfOurs(version));
    expect(status).toBe(0);
    expect(output.split('\n')[0]).toBe(title);
  });
});

describe('kickstart refuses', () => {
  test('with every reason at once, before anything is asked of the network or changed', async () => {
    const { status, complaints, changed } = await kickstart(['--release-url', releaseUrl], {
      owner: { userId: 1000, groupId: 1000 },
      platform: { kernel: 'FreeBSD', kernelVersion: '14.1', architecture: 'amd64' },
      http: [],
    });
    expect({ status, changed }).toEqual({ status: 3, changed: false });
    expect(complaints).toMatch(/HOST_UNSUPPORTED_SYSTEM\.[\s\S]*HOST_NO_ROOT\./);
  });

  test('when neither the release server nor the Cloud answers, and says both', async () => {
    const http: FakeHttp[] = [
      { url: `${releaseUrl}/latest`, failure: 'timeout' },
      { url: 'https://cloud.example', failure: 'refused' },
    ];
    const { status, complaints, changed } = await kickstart(claimLine, { http });
    expect({ status, changed }).toEqual({ status: 3, changed: false });
    expect(complaints).toMatch(/RELEASE_UNREACHABLE\.[\s\S]*CLAIM_URL_UNREACHABLE\./);
  });

  test('a claim to a Cloud that does not answer, also when no release is needed', async () => {
    const http: FakeHttp[] = [{ url: 'https://cloud.example', failure: 'refused' }];
    const { status, complaints } = await kickstart(claimLine, { ...agentOfOurs('v1.31.0'), http });
    expect(status).toBe(3);
    expect(complaints).toContain('CLAIM_URL_UNREACHABLE.');
  });
});

describe('a claim that only a variable asks for', () => {
  const environment = { NETDATA_CLAIM_TOKEN: 'T0KEN', NETDATA_CLAIM_URL: 'https://cloud.example' };
  const because = 'There is a claim because of $NETDATA_CLAIM_TOKEN.';

  test('is told as the cause in the plan, with the way to the upgrade', async () => {
    const { output } = await kickstart([...line, '--dry-run'], agentOfOurs('v1.30.0'), { environment, commandName: './k' });
    expect(output.split('\n')[0]).toBe('Claim the agent below /opt/netdata to https://cloud.example');
    expect(output).toContain(`  ${because}\n`);
    expect(output).toContain(
      'To upgrade it: ./k install --install /opt, without a claim token (here it is $NETDATA_CLAIM_TOKEN).',
    );
  });

  test('is told as the cause of a refusal', async () => {
    const http: FakeHttp[] = [{ url: 'https://cloud.example', failure: 'refused' }];
    const { status, complaints } = await kickstart(line, { ...agentOfOurs('v1.31.0'), http }, { environment });
    expect(status).toBe(3);
    expect(complaints).toContain(because);
    const asked = await kickstart(claimLine, { ...agentOfOurs('v1.31.0'), http });
    expect(asked.complaints).not.toContain('There is a claim because');
  });
});

/** A machine where an earlier kickstart has installed this version below /opt. */
function agentOfOurs(version: string): FakeSystemOptions {
  const program = '/opt/netdata/usr/sbin/netdata';
  return {
    files: {
      '/var/lib/kickstart/opt%2Fnetdata/receipt.jsonl': '',
      '/opt/netdata/etc/netdata/.install-type': "INSTALL_TYPE='kickstart-build'\n",
      [program]: { content: '', mode: 0o755 },
    },
    commands: [{ program, arguments: ['-v'], result: { stdout: `netdata ${version}\n` } }],
  };
}
