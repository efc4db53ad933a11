import { describe, expect, test } from 'vitest';
import { run } from '../../../src/cli/run.ts';
import type { World } from '../../../src/cli/world.ts';
import type { Plan } from '../../../src/plan/plan.ts';
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

/** An agent that runs, and whose Cloud takes every claim; it hears of the claim or does not. */
function runningAgent(hears: boolean): FakeSystemOptions {
  let isClaimed = false;
  const accept = () => {
    isClaimed = true;
    return { status: 204 };
  };
  const says = { version: 'v1.31.0', 'cloud-enabled': true, 'cloud-available': true };
  const info = () => ({ body: JSON.stringify({ ...says, 'agent-claimed': hears && isClaimed }) });
  return {
    ...byHand,
    files: {
      ...byHand.files,
      ...{ '/opt/netdata/var/lib/netdata/registry': { directory: true }, '/etc/group': 'netdata:x:997:\n' },
      '/opt/netdata/var/lib/netdata/cloud.d': { directory: true, mode: 0o770, owner: { userId: 998, groupId: 997 } },
    },
    processes: { 40: { program: '/opt/netdata/usr/sbin/netdata', arguments: ['-D'] } },
    commands: [
      ...(byHand.commands ?? []),
      { program: '/opt/netdata/usr/sbin/netdatacli', result: { exitCode: hears ? 0 : 255 } },
      { program: 'getent', arguments: ['passwd', 'netdata'], result: { stdout: 'netdata:x:998:997::/:/bin/false\n' } },
    ],
    http: [
      { url: cloud },
      { method: 'PUT', url: new RegExp(`^${cloud}/api/v1/spaces/nodes/`), answer: accept },
      { url: 'http://127.0.0.1:19999/api/v1/info', answer: info },
      { url: /^http:\/\/127\.0\.0\.1:19999\//, answer: { status: 404 } },
    ],
  };
}

describe('an agent whose administrator has switched the Cloud off', () => {
  const off = agentAt('/opt/netdata', 'v1.37.1', {
    ...byHand.files,
    '/opt/netdata/var/lib/netdata/cloud.d/cloud.conf': '[global]\n  enabled = no\n',
  });

  test('is not claimed, with the setting and the way to claim it nonetheless', async () => {
    const { status, complaints, changed } = await kickstart(['claim', '--install', '/opt'], off);
    expect({ status, changed }).toEqual({ status: 3, changed: false });
    expect(complaints).toContain('/opt/netdata/var/lib/netdata/cloud.d/cloud.conf has "enabled = no" below [global].');
    expect(complaints).toContain('--claim-enable');
    expect(complaints).toContain('CLAIM_CLOUD_DISABLED.');
  });

  test('is claimed when that is asked for, and the plan says so', async () => {
    const { status, output } = await kickstart(['claim', '--install', '/opt', '--claim-enable', '--dry-run'], off);
    expect(status).toBe(0);
    expect(output).toContain('cloud.conf of the agent has enabled = no: the claim makes it yes, as --claim-enable asks for.');
  });
});

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

  test.each([
    ['v1.31.0', 'var/lib/netdata/cloud.d/claimed_id'],
    ['v2.3.0', 'etc/netdata/claim.conf'],
  ])('refuses where %s has a link in the place of a file of its claim, before it is stopped', async (version, name) => {
    const path = `/opt/netdata/${name}`;
    const machine = agentAt('/opt/netdata', version, { ...ours.files, [path]: { link: '/etc/shadow' } });
    const { status, complaints, changed } = await kickstart(['claim', '--install', '/opt'], machine);
    expect({ status, changed }).toEqual({ status: 3, changed: false });
    expect(complaints).toContain(`There must be a file at ${path}, and something of another kind is there.`);
  });

  test('follows no path that the user of the agent can write for root, and says so', async () => {
    const conf = '[registry]\n    netdata unique id file = /etc/ld.so.preload\n';
    const agent = runningAgent(true);
    const files = {
      ...agent.files,
      '/opt/netdata/etc/netdata/netdata.conf': { content: conf, owner: { userId: 998, groupId: 997 } },
    };
    const world = fakeWorld(
      debianMachine({ ...agent, files: { ...files, '/etc/passwd': 'root:x:0:0::/:/bin/sh\nnetdata:x:998:997::/:/bin/false\n' } }),
      {
        environment,
      },
    );
    await run(['claim', '--install', '/opt', '--wait', 'none'], world);
    expect(world.printed().output).toContain(
      '/opt/netdata/etc/netdata/netdata.conf are not followed, because others than root can write there: /opt/netdata/etc/netdata/netdata.conf belongs to netdata.',
    );
    expect(world.system.exists('/etc/ld.so.preload')).toBe(false);
    expect(world.system.exists('/opt/netdata/var/lib/netdata/registry/netdata.public.unique.id')).toBe(true);
  });

  test.each(['var/lib/netdata/cloud.d/cloud.conf', 'var/lib/netdata/cloud.d/claimed_id'])(
    'refuses a %s that is far too large, and reads no more of it',
    async (name) => {
      const path = `/opt/netdata/${name}`;
      const machine = agentAt('/opt/netdata', 'v1.31.0', { ...ours.files, [path]: '#'.repeat(1024 * 1024 + 1) });
      const { status, complaints, changed } = await kickstart(['claim', '--install', '/opt'], machine);
      expect({ status, changed }).toEqual({ status: 3, changed: false });
      expect(complaints).toContain(`${path} is far too large for a file of an agent's claim or configuration: 1048577 bytes.`);
    },
  );

  describe('of an agent whose netdata.conf is a link', () => {
    const words = ['claim', '--install', '/opt', '--claim-noproxy', '--claim-proxy-configure', '--dry-run'];
    const path = '/opt/netdata/etc/netdata/netdata.conf';
    const linked = (files: NonNullable<FakeSystemOptions['files']>) => ({
      ...ours,
      files: { ...ours.files, '/srv/conf/netdata.conf': '[web]\n', [path]: { link: '/srv/conf/netdata.conf' }, ...files },
    });

    test("edits what root's link leads to", async () => {
      const { status, output } = await kickstart(words, linked({}));
      expect(status).toBe(0);
      expect(output).toContain(`Set [cloud] proxy to none in ${path}`);
    });

    test('refuses a link into a directory that others can write, also in a dry run', async () => {
      const { status, complaints } = await kickstart(
        words,
        linked({ '/srv/conf': { directory: true, mode: 0o777, owner: { userId: 0, groupId: 0 } } }),
      );
      expect(status).toBe(3);
      expect(complaints).toContain(
        `${path} is a link, and kickstart does not follow it.\nOthers can decide where it leads. Everybody can write /srv/conf.\n`,
      );
    });
  });

  test('refuses a --claim-user that this machine does not have, before anything is done', async () => {
    const { status, complaints, changed } = await kickstart(['claim', '--install', '/opt', '--claim-user', 'netdta'], {
      ...ours,
      commands: [...(ours.commands ?? []), { program: 'getent', result: { exitCode: 2 } }],
    });
    expect({ status, changed }).toEqual({ status: 2, changed: false });
    expect(complaints).toContain('--claim-user netdta is no user of this machine.');
  });

  const ann = { userId: 1000, groupId: 1000 };

  test.each([
    ['a stranger who names themselves', { userId: 998, groupId: 997 }, 0o770, 3],
    ['one of a group that may write there', { userId: 998, groupId: 1000 }, 0o770, 3],
    ['nobody whose claim it is already', { userId: 1000, groupId: 1000 }, 0o770, 0],
  ])('refuses with --claim-user %s, before anything is done', async (_, owner, mode, wanted) => {
    const home = { environment: { ...environment, HOME: '/home/ann' } };
    const words = ['claim', '--install', '/opt', '--claim-user', 'ann', '--dry-run'];
    const machine = {
      ...ours,
      files: {
        ...ours.files,
        '/etc/passwd': 'netdata:x:998:997::/:/bin/false\nann:x:1000:1000::/home/ann:/bin/sh\n',
        '/opt/netdata/etc/netdata/netdata.conf': '[global]\n    run as user = netdata\n',
        '/opt/netdata/var/lib/netdata/cloud.d': { directory: true, mode, owner },
        '/home/ann': { directory: true, owner: ann },
      },
      owner: ann,
    } as const;
    const { status, complaints, changed } = await kickstart(words, machine, home);
    expect({ status, changed }).toEqual({ status: wanted, changed: false });
    const refusal = /Only root or the user netdata can claim this agent, and this is ann\.[\s\S]*CLAIM_WRONG_USER\./;
    expect(refusal.test(complaints)).toBe(wanted === 3);
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

  test('asks whether the Cloud is there trusting what an administrator has left for the claim', async () => {
    const pem = { '/opt/netdata/var/lib/netdata/cloud.d/cloud_fullchain.pem': 'certificates' };
    const { requests } = await kickstart(['claim', '--install', '/opt', '--dry-run'], {
      ...ours,
      files: { ...ours.files, ...pem },
    });
    expect(requests).toMatchObject([{ caFile: '/opt/netdata/var/lib/netdata/cloud.d/cloud_fullchain.pem' }]);
  });

  test('says that the certificates of --ca-file are added to the trusted.pem of an agent from 2.0 on', async () => {
    const files = {
      '/opt/netdata/var/lib/netdata/cloud.d/trusted.pem': '-----BEGIN CERTIFICATE-----\nof the administrator',
      '/ca.pem': '-----BEGIN CERTIFICATE-----\nnew',
    };
    const machine = agentAt('/opt/netdata', 'v2.3.0', { ...ours.files, ...files });
    const { output } = await kickstart(['claim', '--install', '/opt', '--ca-file', '/ca.pem', '--dry-run'], machine);
    expect(output).toContain(
      'The agent trusts /opt/netdata/var/lib/netdata/cloud.d/trusted.pem for its claim, and nothing beside it: the certificates of /ca.pem are added to those in there.',
    );
  });

  describe('through the proxy of the environment', () => {
    const note = 'which is in the environment of kickstart and not in that of the agent: its link goes without.';
    const outputWith = async (proxy: string, machine: FakeSystemOptions, words: readonly string[] = []) => {
      const around = { environment: { ...environment, https_proxy: proxy } };
      return (await kickstart(['claim', '--install', '/opt', '--dry-run', ...words], machine, around)).output;
    };
    const unmanaged = { ...ours, files: { ...ours.files, '/run/systemd/system': 'no directory, so there is no systemd' } };

    test('says that the link of a service goes without, and what to do', async () => {
      const output = await outputWith('http://user:canary@p.example:3128', ours);
      expect(output).toContain(`The claim goes through http://p.example:3128, ${note}`);
      expect(output).toContain('--claim-proxy PROXY --claim-proxy-configure.');
      expect(output).not.toContain('canary');
      expect(await outputWith('http://p.example:3128', byHand)).toContain(note);
    });

    test('says that the claim goes without too, when the agent claims itself', async () => {
      const output = await outputWith('http://p.example:3128', agentAt('/opt/netdata', 'v2.3.0', ours.files ?? {}));
      expect(output).toContain('not in that of the agent, which claims itself: its claim and its link go without.');
    });

    test('says so of an agent that kickstart starts itself only when there is a password, which it does not hand on', async () => {
      expect(await outputWith('http://user:canary@p.example:3128', unmanaged)).toContain(note);
      expect(await outputWith('http://p.example:3128', unmanaged)).not.toContain(note);
    });

    test.each<[string, FakeSystemOptions, readonly string[]]>([
      [
        'the settings of the agent name one',
        { files: { '/opt/netdata/etc/netdata/netdata.conf': '[cloud]\n proxy = http://own:1\n' } },
        [],
      ],
      ['the claim does not use it', {}, ['--claim-noproxy']],
      [
        'the agent has one in its own environment',
        {
          processes: {
            40: { program: '/opt/netdata/usr/sbin/netdata', arguments: [], environment: { http_proxy: 'http://own:1' } },
          },
        },
        [],
      ],
    ])('says nothing of it when %s', async (_, more, words) => {
      const machine = { ...ours, ...more, files: { ...ours.files, ...more.files } };
      expect(await outputWith('http://p.example:3128', machine, words)).not.toContain(note);
    });
  });

  describe('with --new-id', () => {
    const stepsOf = async (machine: FakeSystemOptions) => {
      const { output } = await kickstart(['claim', '--new-id', '--install', '/opt', '--dry-run', '--json'], machine);
      const { stages } = JSON.parse(output) as Plan;
      return stages.flatMap(({ steps }) => steps);
    };
    const path = '/var/lib/kickstart/opt%2Fnetdata/claim-id';

    test('has the id on the disk before the Cloud hears of it, for as long as the run lasts', async () => {
      const steps = await stepsOf(ours);
      const id = steps.flatMap(({ step }) => (step.kind === 'claim-node' ? step.id : []))[0];
      expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(steps.filter(({ step }) => step.kind === 'write-file' && step.path === path)).toMatchObject([
        { step: { content: `${id}\n`, mode: 0o600 }, temporary: true },
      ]);
      const kinds = steps.map(({ step }) => step.kind);
      expect(kinds.indexOf('write-file')).toBeLessThan(kinds.indexOf('claim-node'));
    });

    test('asks for the id again that a run which was killed has left', async () => {
      const left = 'aaaaaaaa-1111-4222-8333-123456789abc';
      const steps = await stepsOf({ ...ours, files: { ...ours.files, [path]: `${left}\n` } });
      expect(steps).toContainEqual(expect.objectContaining({ step: expect.objectContaining({ kind: 'claim-node', id: left }) }));
    });

    test('leaves the id to an agent from 2.0 on', async () => {
      const steps = await stepsOf(agentAt('/opt/netdata', 'v2.3.0', ours.files ?? {}));
      expect(steps.map(({ id }) => id)).not.toContain('keep-claim-id');
    });
  });

  test.each([
    [['--wait', 'none'], true],
    [['--claim-noreload'], false],
    [['--claim-daemon-not-running'], false],
    [[], false],
  ] as const)('with %j looks whether the agent has heard of the claim: %j', async (words, looks) => {
    const { output } = await kickstart(['claim', '--install', '/opt', '--dry-run', '--json', ...words], ours);
    const { stages } = JSON.parse(output) as Plan;
    expect(stages.at(-1)?.steps.some(({ id }) => id === 'verify-claim-heard')).toBe(looks);
  });

  describe('that nobody waits for', () => {
    const words = ['claim', '--install', '/opt', '--wait', 'none', '--claim-noproxy'];

    test('warns when the agent has not heard of it, and ends with the 5 of the script', async () => {
      const { status, output } = await kickstart(words, runningAgent(false));
      expect(status).toBe(0);
      expect(output).toContain(
        '! The node is claimed, and the agent has not said so: if it has not heard of the claim, it takes it up',
      );
      expect(output).toContain('The agent says agent-claimed: false');
      expect(output).toContain('LINK_NOT_CLAIMED.');
      expect((await kickstart([...words, '--script-exit-codes'], runningAgent(false))).status).toBe(5);
      expect((await kickstart([...words, '--script-exit-codes', '--claim-noreload'], runningAgent(false))).status).toBe(0);
    });

    test('does not call a node claimed whose agent claims itself, and has not heard that it is to', async () => {
      const machine = runningAgent(false);
      const version = { program: '/opt/netdata/usr/sbin/netdata', result: { stdout: 'netdata v2.3.0\n' } };
      const { output } = await kickstart(words, { ...machine, commands: [version, ...(machine.commands ?? [])] });
      expect(output).toContain(
        '! The agent has not said that it is claimed: if it has not heard of claim.conf, it claims itself',
      );
      expect(output).not.toContain('The node is claimed');
    });

    test('is done when it has', async () => {
      const { status, output } = await kickstart([...words, '--script-exit-codes'], runningAgent(true));
      expect(status).toBe(0);
      expect(output).not.toContain('! ');
    });

    test('forgets the id of --new-id only when the machine has it', async () => {
      const world = fakeWorld(debianMachine(runningAgent(true)), { environment });
      expect(await run([...words, '--new-id'], world)).toBe(0);
      const asked = world.system.requests.flatMap(({ method, url }) => (method === 'PUT' ? url.split('/').at(-1) : []));
      expect(asked).toEqual([world.system.readText('/opt/netdata/var/lib/netdata/cloud.d/claimed_id')]);
      expect(world.system.exists('/var/lib/kickstart/opt%2Fnetdata/claim-id')).toBe(false);
    });
  });

  test('asks with --new-id for the same node again when it was killed before it had the answer', async () => {
    const world = fakeWorld(debianMachine(runningAgent(true)), { environment });
    const { system } = world;
    const words = ['claim', '--install', '/opt', '--claim-noreload', '--claim-noproxy', '--new-id'];
    const asked: (string | undefined)[] = [];
    const killed = Promise.withResolvers<void>();
    const neverAnswered: World['system'] = {
      ...system,
      send: ({ url }) => {
        asked.push(url.split('/').at(-1));
        killed.resolve();
        return new Promise<never>(() => undefined);
      },
    };
    void run(words, { ...world, system: neverAnswered });
    await killed.promise;
    system.remove('/proc/42');
    system.place('/proc/43/stat', '43 (kickstart) R');
    expect(await run(words, { ...world, processId: 43 })).toBe(0);
    asked.push(system.readText('/opt/netdata/var/lib/netdata/cloud.d/claimed_id'));
    expect(asked[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(asked[1]).toBe(asked[0]);
  });

  test.each([['claim'], ['unclaim']])(
    'says with %s --dry-run after a run that was killed what would be taken back first',
    async (word) => {
      const records = [
        { record: 'run', schema: 2, runId: 'r1', goal: 'claim', title: 'Claim it', version: '0.1.0', at: 1, created: [] },
        { record: 'started', runId: 'r1', id: 'c', kind: 'claim-node', title: 'Claim this node', undo: {}, at: 2 },
      ];
      const receipt = records.map((record) => `${JSON.stringify(record)}\n`).join('');
      const files = { ...ours.files, '/var/lib/kickstart/opt%2Fnetdata/receipt.jsonl': receipt };
      const http = [{ url: cloud }, { url: /127\.0\.0\.1/, answer: { status: 404 } }];
      const { status, output } = await kickstart([word, '--install', '/opt', '--dry-run'], { ...ours, files, http });
      expect({ status, note: output.split('\n')[1] }).toEqual({
        status: 0,
        note: '  A run was cut off: Claim it. The next run first takes back what is half-done: Claim this node.',
      });
    },
  );

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
