import { describe, expect, it } from 'vitest';
import type { AgentGeneration } from '../../src/host/agent-version.ts';
import { restoreClaim } from '../../src/steps/restore-claim.ts';
import { unclaimNode } from '../../src/steps/unclaim-node.ts';
import { verifyUnclaimed } from '../../src/steps/verify-unclaimed.ts';
import { Secret } from '../../src/system/secret.ts';
import { fakeAccounts } from '../support/fake-accounts.ts';
import { createFakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const netdata = { userId: 201, groupId: 201 };
const cloud = '/x/var/lib/netdata/cloud.d';
const claimD = '/x/etc/netdata/claim.d';
const of = (content: string, mode = 0o640, owner = netdata) => ({ content: new Secret(content), mode, owner });

function machine(generation: AgentGeneration, commands: FakeSystemOptions['commands'] = [{ program: '/x/usr/sbin/netdatacli' }]) {
  const directory = generation === 'claim.d' ? claimD : cloud;
  return createFakeSystem({
    files: {
      ...fakeAccounts().files,
      '/state/receipt.jsonl': '',
      '/x/etc/netdata/netdata.conf': '[global]\n    run as user = netdata\n',
      [directory]: { directory: true, mode: 0o770, owner: netdata },
      [`${directory}/claimed_id`]: of('11111111-1111-4111-8111-111111111111'),
      [`${directory}/private.pem`]: of('the key', 0o600),
      [`${directory}/public.pem`]: of('the other half'),
      [`${directory}/rooms`]: of('r1'),
      [`${directory}/token`]: of('a default token'),
      [`${directory}/cloud_fullchain.pem`]: of('certificates'),
      [`${cloud}/cloud.conf`]: of('[global]\n  proxy = none\n'),
      ...(generation === 'claim.conf'
        ? { '/x/etc/netdata/claim.conf': of('the token', 0o640, { userId: 0, groupId: 201 }) }
        : {}),
    },
    ...(commands && { commands }),
    processes: { 40: { program: '/x/usr/sbin/netdata', arguments: ['-D'] } },
  });
}

const left: Record<AgentGeneration, readonly string[]> = {
  'claim.d': [`${claimD}/cloud_fullchain.pem`, `${cloud}/cloud.conf`],
  'cloud.d': [`${cloud}/cloud.conf`, `${cloud}/cloud_fullchain.pem`],
  'claim.conf': [`${cloud}/cloud_fullchain.pem`],
};

function claimFilesOf(tree: Record<string, string>) {
  return Object.keys(tree).filter(
    (path) => /\/(claim\.d|cloud\.d|netdata)\/(?!netdata\.conf)[^/]+$/.test(path) && !/\.d$/.test(path),
  );
}

describe.each(['claim.d', 'cloud.d', 'claim.conf'] as const)('unclaiming an agent of %s', (generation) => {
  const step = { kind: 'unclaim-node', root: '/x', generation, tell: true, backupDirectory: '/state/unclaim' } as const;

  it('takes its credentials and nothing else, and tells it', async () => {
    const system = machine(generation);
    await unclaimNode.run(step, stepContext(system));
    expect(claimFilesOf(system.tree())).toEqual(left[generation]);
    expect(system.calls).toContain('run /x/usr/sbin/netdatacli reload-claiming-state');
  });

  it('keeps a copy that only root can read', async () => {
    const system = machine(generation);
    await unclaimNode.run(step, stepContext(system));
    expect(await system.stat('/state/unclaim')).toMatchObject({ mode: 0o700, userId: 0 });
    expect(await system.stat('/state/unclaim/private.pem')).toMatchObject({ mode: 0o600, userId: 0 });
    expect(system.readText('/state/unclaim/private.pem')).toBe('the key');
  });

  it('can be taken back, once and twice', async () => {
    const system = machine(generation);
    const before = system.tree();
    const undo = await unclaimNode.inspect(step, system);
    if (undo === undefined) throw new Error('nothing to do');
    await unclaimNode.run(step, stepContext(system));
    for (const _ of ['once', 'twice']) await unclaimNode.undo(undo, stepContext(system));
    expect(system.tree()).toEqual(before);
  });

  it('is followed by a restore, which gives each file back to whom it belonged', async () => {
    const system = machine(generation);
    const before = system.tree();
    await unclaimNode.run(step, stepContext(system));
    const restore = {
      kind: 'restore-claim',
      root: '/x',
      generation,
      from: '/state/unclaim',
      tell: true,
      backupDirectory: '/state/restore',
    } as const;
    const undo = await restoreClaim.inspect(restore, system);
    await restoreClaim.run(restore, stepContext(system));
    const after = Object.entries(system.tree()).filter(([path]) => !path.startsWith('/state/unclaim'));
    expect(Object.fromEntries(after)).toEqual(before);
    expect(await restoreClaim.inspect(restore, system)).toBeUndefined();
    if (undo === undefined) throw new Error('nothing to do');
    await restoreClaim.undo(undo, stepContext(system));
    expect(claimFilesOf(system.tree())).toEqual(left[generation]);
  });

  it('is followed by a restore that puts away a new key, which a refused claim has left', async () => {
    const system = machine(generation);
    await unclaimNode.run(step, stepContext(system));
    const key = `${generation === 'claim.d' ? claimD : cloud}/private.pem`;
    await system.writeFile(key, 'a new key', { mode: 0o600, owner: netdata });
    const unclaimed = system.tree();
    const restore = {
      kind: 'restore-claim',
      root: '/x',
      generation,
      from: '/state/unclaim',
      tell: true,
      backupDirectory: '/state/restore',
    } as const;
    const undo = await restoreClaim.inspect(restore, system);
    await restoreClaim.run(restore, stepContext(system));
    expect(system.readText(key)).toBe('the key');
    if (undo === undefined) throw new Error('nothing to do');
    for (const _ of ['once', 'twice']) await restoreClaim.undo(undo, stepContext(system));
    expect(system.tree()).toEqual(unclaimed);
  });

  it('is followed by a restore that hands over what somebody made as root, and gives it back', async () => {
    const system = machine(generation);
    await unclaimNode.run(step, stepContext(system));
    const directory = generation === 'claim.d' ? claimD : cloud;
    await system.setOwner(directory, { userId: 0, groupId: 0, mode: 0o700 });
    const unclaimed = system.tree();
    const restore = {
      kind: 'restore-claim',
      root: '/x',
      generation,
      from: '/state/unclaim',
      tell: true,
      backupDirectory: '/state/restore',
    } as const;
    const undo = await restoreClaim.inspect(restore, system);
    const context = stepContext(system);
    await restoreClaim.run(restore, context);
    expect(context.said).toContain(`${directory} belongs to netdata now`);
    expect(await system.stat(directory)).toMatchObject({ mode: 0o770, ...netdata });
    expect(await system.stat(`${directory}/private.pem`)).toMatchObject({ mode: 0o600, ...netdata });
    expect(await restoreClaim.inspect(restore, system)).toBeUndefined();
    if (undo === undefined) throw new Error('nothing to do');
    for (const _ of ['once', 'twice']) await restoreClaim.undo(undo, stepContext(system));
    expect(system.tree()).toEqual(unclaimed);
  });

  it('is nothing to do without credentials', async () => {
    const system = machine(generation);
    await unclaimNode.run(step, stepContext(system));
    expect(await unclaimNode.inspect(step, system)).toBeUndefined();
  });
});

describe('unclaiming', () => {
  const step = {
    kind: 'unclaim-node',
    root: '/x',
    generation: 'cloud.d',
    tell: true,
    backupDirectory: '/state/unclaim',
  } as const;

  it('keeps the CA that the agent trusts beside the credentials, and leaves it with the agent; a link is nothing to keep', async () => {
    const system = machine('cloud.d');
    system.place('/x/etc/netdata/cloud-ca.pem', 'PEM');
    await unclaimNode.run(step, stepContext(system));
    expect(system.readText('/state/unclaim/cloud-ca.pem')).toBe('PEM');
    expect(system.readText('/x/etc/netdata/cloud-ca.pem')).toBe('PEM');
    const other = machine('cloud.d');
    await other.createLink('/x/etc/netdata/cloud-ca.pem', '/etc/shadow');
    await unclaimNode.run(step, stepContext(other));
    expect(other.exists('/state/unclaim/cloud-ca.pem')).toBe(false);
  });

  it('waits first where the agent would not live without its claim', async () => {
    const system = machine('cloud.d');
    const startedAt = system.now();
    const seen: boolean[] = [];
    const look = () => void seen.push(system.exists(`${cloud}/claimed_id`));
    await unclaimNode.run({ ...step, settleSeconds: 33 }, { ...stepContext(system), progress: look });
    expect(system.now() - startedAt).toBe(33_000);
    expect(new Set(seen)).toEqual(new Set([true]));
    expect(system.exists(`${cloud}/claimed_id`)).toBe(false);
  });

  it('an agent that cannot be told says that its link stays up, and how it is restarted', async () => {
    const deaf = { program: '/x/usr/sbin/netdatacli', result: { exitCode: 255, stderr: 'no such file' } };
    const system = machine('cloud.d', [deaf]);
    const context = stepContext(system);
    await unclaimNode.run(step, context);
    expect(context.warned.at(-1)).toBe(
      'The agent runs and could not be told: its link stays up until it is restarted. When it was started by hand: kill 40; while kill -0 40 2>/dev/null; do sleep 1; done; /x/usr/sbin/netdata',
    );
  });
});

describe('the proof of an unclaim', () => {
  const step = { kind: 'verify-unclaimed', root: '/x', generation: 'cloud.d', seconds: 5 } as const;
  const commands = [{ program: '/x/usr/sbin/netdatacli', result: { exitCode: 255 } }];
  const running = { 40: { program: '/x/usr/sbin/netdata', arguments: ['-D'] } };
  const agent = (claimed: boolean, linked: boolean) =>
    createFakeSystem({
      ...{ files: { ...fakeAccounts().files, '/proc/1/cmdline': '/sbin/init\0' }, processes: running, commands },
      http: [
        {
          url: 'http://127.0.0.1:19999/api/v1/info',
          answer: { body: JSON.stringify({ version: 'v1.31.0', 'agent-claimed': claimed, 'aclk-available': linked }) },
        },
      ],
    });

  it('is what the agent says', async () => {
    const context = stepContext(agent(false, false));
    await verifyUnclaimed.run(step, context);
    expect(context.said).toEqual(['The agent says agent-claimed: false and aclk-available: false: the link is down']);
  });

  it('is more for an agent that may abort: it has to live for so long', async () => {
    const watched = (lives: boolean) => {
      const machine = agent(false, false);
      const sleep: typeof machine.sleep = (milliseconds, signal) => {
        if (!lives) machine.remove('/proc/40');
        return machine.sleep(milliseconds, signal);
      };
      const system = { ...machine, sleep };
      const context = stepContext(system);
      const startedAt = system.now();
      const ended = verifyUnclaimed.run({ ...step, watchSeconds: 33 }, context);
      return { ended, context, seconds: () => (system.now() - startedAt) / 1000 };
    };
    const alive = watched(true);
    await alive.ended;
    expect(alive.context.said.at(-1)).toBe('The agent still runs 33 s later');
    expect(alive.seconds()).toBe(33);
    await expect(watched(false).ended).rejects.toMatchObject({
      code: 'LINK_AGENT_STOPPED',
      what: 'The node is unclaimed, but the agent stopped within 33 s after that.',
      next: 'Start it again: /x/usr/sbin/netdata; it goes on without its claim.',
    });
  });

  it('is missing while an agent runs that does not answer, and needless when none runs', async () => {
    const mute = (more: object) =>
      createFakeSystem({
        ...{ files: { ...fakeAccounts().files }, commands },
        http: [{ url: 'http://127.0.0.1:19999/api/v1/info', answer: { status: 404 } }],
        ...more,
      });
    await expect(verifyUnclaimed.run(step, stepContext(mute({ processes: running })))).rejects.toMatchObject({
      code: 'LINK_AGENT_SILENT',
    });
    const context = stepContext(mute({ processes: { 40: { program: '/bin/sh', arguments: [] } } }));
    await verifyUnclaimed.run(step, context);
    expect(context.said).toEqual(['The agent does not run: without it there is no link']);
  });

  it.each([
    [true, true],
    [false, true],
    [true, false],
  ])('is missing when it says claimed: %s, online: %s', async (claimed, linked) => {
    await expect(verifyUnclaimed.run(step, stepContext(agent(claimed, linked)))).rejects.toMatchObject({
      code: 'CLAIM_STILL_THERE',
      what: 'The agent still says that it is claimed, or online: its link stays up until it is restarted.',
    });
  });
});
