import { describe, expect, it } from 'vitest';
import { type ClaimByAgentStep, claimByAgent } from '../../src/steps/claim-by-agent.ts';
import { Secret } from '../../src/system/secret.ts';
import type { System } from '../../src/system/system.ts';
import { fakeAccounts } from '../support/fake-accounts.ts';
import type { FakeEntry } from '../support/fake-files.ts';
import { createFakeSystem, type FakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const claimConf = '/x/etc/netdata/claim.conf';
const cloudConf = '/x/var/lib/netdata/cloud.d/cloud.conf';
const id = '11111111-1111-4111-8111-111111111111';
const online = 'Netdata Agent is claimed to Netdata Cloud and is currently online.';
const forbidden = 'Netdata Agent is not claimed to Netdata Cloud: Failed: token is expired, not found, or invalid';

const step: ClaimByAgentStep = {
  ...{ kind: 'claim-by-agent', root: '/x', agentVersion: '2.3.0', url: 'https://cloud.test' },
  ...{ token: new Secret('T0KEN %s $\'"'), rooms: ['room 1', 'room-2'], insecure: false, tell: true, backupDirectory: '/state' },
  proxy: { from: 'option', url: new Secret('http://user:canary@proxy:3128') },
};

/** An agent that says these sentences, one after the other, and writes its claim when it says that it is claimed. */
function machine(sentences: readonly string[], files: Record<string, FakeEntry> = {}, claims = true) {
  const left = [...sentences];
  let said = '';
  const reload = async (system: System) => {
    if (claims && said.includes('is claimed')) {
      await system.writeFile(cloudConf, `[global]\n  url = https://cloud.test\n  claimed_id = ${id}\n`, { mode: 0o660 });
    }
  };
  return createFakeSystem({
    files: {
      ...fakeAccounts().files,
      '/x/etc/netdata/netdata.conf': '[global]\n    run as user = netdata\n',
      '/x/var/lib/netdata/cloud.d': { directory: true },
      ...files,
    },
    commands: [
      {
        program: '/x/usr/sbin/netdatacli',
        arguments: ['reload-claiming-state'],
        result: () => {
          said = left.shift() ?? said;
          return { stdout: said };
        },
        effect: reload,
      },
    ],
    processes: { 40: { program: '/x/usr/sbin/netdata', arguments: ['-D'] } },
  });
}

async function run(system: FakeSystem, change: Partial<ClaimByAgentStep> = {}) {
  const undo = await claimByAgent.inspect({ ...step, ...change }, system);
  if (undo === undefined) throw new Error('nothing to do');
  const context = stepContext(system);
  const ended = claimByAgent.run({ ...step, ...change }, context);
  return { undo, said: context.said, warned: context.warned, ended };
}

describe('an agent that claims itself', () => {
  it('finds what it has to know in claim.conf, which only root and the agent can read', async () => {
    const system = machine([online]);
    await (await run(system)).ended;
    expect(system.readText(claimConf)).toBe(
      '[global]\n    url = https://cloud.test\n    token = T0KEN %s $\'"\n    rooms = room 1,room-2\n    proxy = http://user:canary@proxy:3128\n    insecure = no\n',
    );
    expect(await system.stat(claimConf)).toMatchObject({ mode: 0o640, userId: 0, groupId: 201 });
    expect(JSON.stringify(system.tree())).not.toMatch(/T0KEN|canary/);
  });

  it('is given what somebody made as root, and that comes back', async () => {
    const mine = { userId: 0, groupId: 0 };
    const directory = '/x/var/lib/netdata/cloud.d';
    const system = machine([forbidden], {
      [directory]: { directory: true, mode: 0o700, owner: mine },
      [`${directory}/private.pem`]: { content: 'K', mode: 0o600, owner: mine },
      [cloudConf]: { content: '[global]\n', mode: 0o600, owner: mine },
    });
    const before = system.tree();
    const { undo, said, ended } = await run(system);
    await expect(ended).rejects.toMatchObject({ code: 'CLAIM_TOKEN_INVALID' });
    expect(said).toContain(`${directory}/private.pem belongs to netdata now`);
    expect(await system.stat(directory)).toMatchObject({ mode: 0o770, userId: 201 });
    expect(await system.stat(`${directory}/private.pem`)).toMatchObject({ mode: 0o600, userId: 201 });
    expect(await system.stat(cloudConf)).toMatchObject({ mode: 0o640, userId: 201 });
    for (const _ of ['once', 'twice']) await claimByAgent.undo(undo, stepContext(system, 'uninstall'));
    expect(system.tree()).toEqual(before);
  });

  it.each([
    [{ from: 'none' }, '', 'none'],
    [{ from: 'environment' }, '', 'env'],
    [{ from: 'agent' }, '', 'env'],
    [{ from: 'agent' }, '[cloud]\n proxy = socks5h://p:1\n', 'socks5h://p:1'],
    [{ from: 'agent' }, '[cloud]\n proxy = none\n', 'none'],
  ] as const)('has of the proxy %j, beside %j, %s', async (proxy, conf, value) => {
    const system = machine([online], { '/x/etc/netdata/netdata.conf': `[global]\n    run as user = netdata\n${conf}` });
    await (await run(system, { proxy })).ended;
    expect(system.readText(claimConf)).toContain(`    proxy = ${value}\n`);
  });

  it('has the certificates of a private CA where its claim call looks', async () => {
    const system = machine([online]);
    await (await run(system, { ca: { file: '/ca.pem', pem: 'PEM' }, insecure: true })).ended;
    expect(system.readText('/x/var/lib/netdata/cloud.d/cloud_fullchain.pem')).toBe('PEM');
    expect(system.readText(claimConf)).toContain('    insecure = yes\n');
  });

  describe('beside the trusted.pem of an administrator, which its claim trusts instead', () => {
    const trusted = '/x/var/lib/netdata/cloud.d/trusted.pem';
    const ca = { file: '/ca.pem', pem: 'PEM\n' };
    const theirs = { content: 'THEIRS\n', mode: 0o644, owner: { userId: 0, groupId: 0 } };

    it('has the certificates of a private CA in there too, and that comes back as it was', async () => {
      const system = machine([forbidden], { [trusted]: theirs });
      const before = system.tree();
      const { undo, said, ended } = await run(system, { ca });
      await expect(ended).rejects.toMatchObject({ code: 'CLAIM_TOKEN_INVALID' });
      expect(system.readText(trusted)).toBe('THEIRS\nPEM\n');
      expect(await system.stat(trusted)).toMatchObject({ mode: 0o640, userId: 201 });
      expect(said).toContain(`${trusted}, which the claim of the agent trusts, has the certificates of /ca.pem, too`);
      for (const _ of ['once', 'twice']) await claimByAgent.undo(undo, stepContext(system));
      expect(system.tree()).toEqual(before);
    });

    it('has them there once', async () => {
      const system = machine([online], { [trusted]: 'PEM\nTHEIRS\n' });
      await (await run(system, { ca })).ended;
      expect(system.readText(trusted)).toBe('PEM\nTHEIRS\n');
    });

    it('refuses a link before anything is written, and has nothing to do with it without a CA', async () => {
      const system = machine([online], { [trusted]: { link: '/etc/ssl/certs/ca.pem' } });
      await expect(claimByAgent.inspect({ ...step, ca }, system)).rejects.toMatchObject({ code: 'HOST_PATH_TAKEN' });
      await (await run(system)).ended;
      expect(await system.readLink(trusted)).toBe('/etc/ssl/certs/ca.pem');
    });

    it('makes none where there is none', async () => {
      const system = machine([online]);
      await (await run(system, { ca })).ended;
      expect(system.exists(trusted)).toBe(false);
    });
  });

  it('is waited for until it has tried', async () => {
    const yet = 'Netdata Agent is not claimed to Netdata Cloud: Agent is not claimed yet';
    const system = machine([yet, yet, online]);
    const { said, ended } = await run(system);
    await ended;
    expect(said.at(-2)).toBe(`The Cloud at https://cloud.test accepted the claim of node ${id}`);
    expect(said.at(-1)).toBe('Agent was successfully claimed.');
  });

  it('and is refused: its reason has our code, and claim.conf is taken back', async () => {
    const system = machine([forbidden], { [claimConf]: { content: '[global]\n token = earlier\n', mode: 0o640 } });
    const before = system.tree();
    const { undo, ended } = await run(system);
    await expect(ended).rejects.toMatchObject({ code: 'CLAIM_TOKEN_INVALID' });
    const told = system.commandsGiven.length;
    for (const _ of ['once', 'twice']) await claimByAgent.undo(undo, stepContext(system));
    expect(system.tree()).toEqual(before);
    // An agent that has no earlier claim would only wait for a link.
    expect(system.commandsGiven).toHaveLength(told);
  });

  it('and never says anything of it: that is not taken for a success', async () => {
    const { ended } = await run(machine(['']));
    await expect(ended).rejects.toMatchObject({ code: 'CLAIM_ANSWER_UNKNOWN' });
  });

  it('and goes on with its earlier claim: that is not taken for a success either', async () => {
    const { ended } = await run(machine([online]), { earlierId: id });
    await expect(ended).rejects.toMatchObject({ code: 'CLAIM_RESTART_NEEDED' });
    await expect((await run(machine([online], {}, false))).ended).rejects.toMatchObject({ code: 'CLAIM_RESTART_NEEDED' });
  });

  it('and cannot be told: that it is claimed is said of its earlier claim, and that is not taken for a success', async () => {
    const mute = (claimed: boolean) =>
      createFakeSystem({
        files: {
          ...fakeAccounts().files,
          '/x/etc/netdata': { directory: true },
          '/x/var/lib/netdata/cloud.d': { directory: true },
        },
        commands: [{ program: '/x/usr/sbin/netdatacli', result: { exitCode: 255 } }],
        processes: { 40: { program: '/x/usr/sbin/netdata', arguments: ['-D'] } },
        http: [
          {
            url: 'http://127.0.0.1:19999/api/v1/info',
            answer: { status: 200, body: JSON.stringify({ version: 'v2.3.0', 'agent-claimed': claimed }) },
          },
        ],
      });
    await expect((await run(mute(true), { earlierId: id })).ended).rejects.toMatchObject({ code: 'CLAIM_RESTART_NEEDED' });
    // Somebody has removed its files, and it has them in memory.
    await expect((await run(mute(true))).ended).rejects.toMatchObject({ code: 'CLAIM_RESTART_NEEDED' });
    const { said, warned, ended } = await run(mute(false));
    await ended;
    expect(said.join()).not.toContain('told');
    expect(warned.at(-1)).toBe('The agent runs and could not be told of the claim: it takes it up when it is started again.');
  });

  it('is not asked when it is not to be told, or does not run', async () => {
    const silent = machine([online]);
    const { said, ended } = await run(silent, { tell: false });
    await ended;
    expect(said.at(-1)).toBe('The agent claims itself when it starts.');
    expect(silent.commandsGiven).toEqual([]);
    expect(silent.exists(claimConf)).toBe(true);
  });

  it('leaves nothing behind when the claim is taken back at an uninstall', async () => {
    const system = machine([online]);
    const before = system.tree();
    const { undo, ended } = await run(system);
    await ended;
    await claimByAgent.undo(undo, stepContext(system, 'uninstall'));
    expect(system.tree()).toEqual(before);
  });
});
