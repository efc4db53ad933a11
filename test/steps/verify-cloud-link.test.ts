import { describe, expect, it } from 'vitest';
import { type VerifyCloudLinkStep, verifyCloudLink } from '../../src/steps/verify-cloud-link.ts';
import { agentThatSays, type SaidInfo } from '../support/changing-agent.ts';
import { stepContext } from '../support/step-context.ts';

const step: VerifyCloudLinkStep = { kind: 'verify-cloud-link', root: '/x', url: 'https://cloud.example', seconds: 60 };
const unclaimed = {
  version: 'v1.31.0',
  'cloud-enabled': true,
  'cloud-available': true,
  'agent-claimed': false,
  'aclk-available': false,
};
const claimed = { ...unclaimed, 'agent-claimed': true };
const online = { ...claimed, 'aclk-available': true };

describe('the link to the Cloud', () => {
  it('is proved when the agent says so, and the claim before it', async () => {
    const system = agentThatSays([0, unclaimed], [1, claimed], [4, online]);
    const context = stepContext(system);
    const startedAt = system.now();
    await verifyCloudLink.run(step, context);
    expect(context.said).toEqual([
      'The agent says agent-claimed: true',
      'The agent says aclk-available: true: it is online at https://cloud.example',
    ]);
    expect(system.now() - startedAt).toBe(4000);
  });

  it('is proved at once when it was up before', async () => {
    const system = agentThatSays([0, online]);
    const startedAt = system.now();
    await verifyCloudLink.run({ ...step, seconds: 0 }, stepContext(system));
    expect(system.now()).toBe(startedAt);
  });

  it('survives an agent that restarts in between', async () => {
    const context = stepContext(agentThatSays([0, claimed], [1, 'nothing'], [2, unclaimed], [3, online]));
    await verifyCloudLink.run(step, context);
    expect(context.said).toHaveLength(2);
  });

  it('is not up for an agent that is online and not claimed: that is another link', async () => {
    const system = agentThatSays([0, { ...online, 'agent-claimed': false }]);
    await expect(verifyCloudLink.run(step, stepContext(system))).rejects.toMatchObject({ code: 'LINK_NOT_CLAIMED' });
  });

  it('ends a claim with the old sentence, and the times before it', async () => {
    const context = stepContext(agentThatSays([0, unclaimed], [1, claimed], [4, online]));
    await verifyCloudLink.run({ ...step, afterClaim: true }, context);
    expect(context.said.slice(-2)).toEqual([
      'Claimed 1.0 s and online 4.0 s after kickstart began to wait for it',
      'Agent was successfully claimed.',
    ]);
  });

  it.each([
    ['cloud.d', '/x/var/lib/netdata/cloud.d/claimed_id'],
    ['claim.conf', '/x/etc/netdata/claim.conf'],
  ] as const)(
    'ends a claim of %s with the time since the agent was told, and not since the waiting began',
    async (generation, path) => {
      const system = agentThatSays([0, unclaimed], [1, claimed], [4, online]);
      system.place(path, 'written right before the agent is told');
      // Telling it, and what else there is to do before the proof.
      system.advance(2500);
      const context = stepContext(system);
      await verifyCloudLink.run({ ...step, generation, afterClaim: true }, context);
      expect(context.said.at(-2)).toBe('Claimed 2.5 s and online 4.0 s after the agent was told');
    },
  );

  it('is not waited for when the claim is all that is wanted', async () => {
    const system = agentThatSays([0, unclaimed], [1, claimed], [4, online]);
    const context = stepContext(system);
    const startedAt = system.now();
    await verifyCloudLink.run({ ...step, wait: 'claimed', afterClaim: true }, context);
    expect(context.said).toEqual([
      'The agent says agent-claimed: true',
      'Claimed 1.0 s after kickstart began to wait for it',
      'Agent was successfully claimed.',
    ]);
    expect(system.now() - startedAt).toBe(1000);
  });

  it('says all the while what the agent says', async () => {
    const system = agentThatSays([0, 'nothing'], [1, unclaimed], [2, claimed], [5, online]);
    const aclk = { 'agent-claimed': true, online: false, 'next-connection-attempt-utc': '2026-11-20 12:00:09' };
    system.script({ http: [{ url: 'http://127.0.0.1:20000/api/v1/aclk', answer: { body: JSON.stringify(aclk) } }] });
    const told: string[] = [];
    await verifyCloudLink.run(step, { ...stepContext(system), progress: (text) => told.push(text) });
    expect([...new Set(told.map((text) => text.replace(/, \d+ s left$/, '').replace(/in \d s/, 'in N s')))]).toEqual([
      'the agent does not answer',
      'the agent says that it is not claimed yet',
      'the agent says that it is claimed, and not online yet; it tries again in N s (12:00:09 UTC)',
    ]);
    expect(told[0]).toBe('the agent does not answer, 60 s left');
  });

  /** An agent that comes online at its next attempt, and says on and on when that is. */
  function pausingAgent(seconds: number) {
    const system = agentThatSays([0, claimed], [seconds + 2, online]);
    const at = new Date(system.now() + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
    const aclk = { 'agent-claimed': true, online: false, 'next-connection-attempt-utc': at };
    system.script({ http: [{ url: 'http://127.0.0.1:20000/api/v1/aclk', answer: { body: JSON.stringify(aclk) } }] });
    return system;
  }

  it('is waited for until the next attempt of the agent has had its time, where the user has set no limit', async () => {
    const system = pausingAgent(80);
    const startedAt = system.now();
    await verifyCloudLink.run({ ...step, awaitsAttempt: true }, stepContext(system));
    expect(system.now() - startedAt).toBe(82_000);
    const failing = agentThatSays([0, claimed]);
    failing.script({ http: [{ url: /aclk$/, answer: { body: '{"next-connection-attempt-utc":"2026-11-20 12:01:20"}' } }] });
    await expect(verifyCloudLink.run({ ...step, awaitsAttempt: true }, stepContext(failing))).rejects.toMatchObject({
      what: 'The agent did not come online at https://cloud.example within 90 s.',
    });
  });

  it.each([
    ['the user has set a limit', 80, {}],
    ['it is too far away', 400, { awaitsAttempt: true }],
  ] as const)('is not waited for until then when %s, and its time is said', async (_, seconds, change) => {
    const system = pausingAgent(seconds);
    const at = new Date(system.now() + seconds * 1000).toISOString().slice(11, 19);
    await expect(verifyCloudLink.run({ ...step, ...change }, stepContext(system))).rejects.toMatchObject({
      what: 'The agent did not come online at https://cloud.example within 60 s.',
      next: expect.stringContaining(
        ` The agent tries again in ${seconds - 60} s (${at} UTC): look then with kickstart status, or wait longer with --wait-seconds.`,
      ),
    });
  });

  it('shows the words of its log where the agent gives no reason', async () => {
    const system = agentThatSays([0, claimed], [8, online]);
    system.place(
      '/x/var/log/netdata/error.log',
      "2026-11-20 12:00:00: netdata ERROR : Couldn't decrypt the challenge received\u001b[2J\n",
    );
    const told: string[] = [];
    await verifyCloudLink.run(step, { ...stepContext(system), progress: (text) => told.push(text) });
    expect(told.at(-1)).toMatch(
      /^the agent says that it is claimed, and not online yet: .*Couldn't decrypt the challenge received.*, \d+ s left$/,
    );
    expect(told.join('')).not.toContain('\u001b');
  });

  it.each<[string, SaidInfo, RegExp]>([
    [
      'LINK_AGENT_SILENT',
      'nothing',
      /^The agent runs as process 40\. It does not answer on port 20000, nor at its control pipe\.$/,
    ],
    ['LINK_NOT_CLAIMED', unclaimed, /^The agent says agent-claimed: false/],
    ['LINK_CONNECTION_FAILED', claimed, /^The test says refused \(https:\/\/app\.netdata\.cloud\/mqtt\)\.$/],
  ])('that does not come up is told by the first layer that fails, %s: %j', async (code, said, why) => {
    const system = agentThatSays([0, said]);
    const startedAt = system.now();
    await expect(verifyCloudLink.run(step, stepContext(system))).rejects.toMatchObject({
      code,
      state: 'not-claimed',
      what: 'The agent did not come online at https://cloud.example within 60 s.',
      why: expect.stringMatching(why),
    });
    expect(system.now() - startedAt).toBe(60_000);
  });

  it.each<[string, SaidInfo]>([
    ['LINK_CLOUD_DISABLED', { ...claimed, 'cloud-enabled': false }],
    ['LINK_NOT_BUILT_IN', { ...unclaimed, 'cloud-available': false }],
  ])('is not waited for when only another start of the agent could bring it up, %s', async (code, said) => {
    const system = agentThatSays([0, unclaimed], [1, said]);
    const startedAt = system.now();
    await expect(verifyCloudLink.run(step, stepContext(system))).rejects.toMatchObject({
      code,
      what: 'The agent did not come online at https://cloud.example within 3 s.',
    });
    expect(system.now() - startedAt).toBe(3000);
  });

  it('is waited for when the agent is started again meanwhile, with its Cloud switched on', async () => {
    const off = { ...unclaimed, 'cloud-enabled': false };
    const context = stepContext(agentThatSays([0, off], [1, 'nothing'], [2, off], [3, unclaimed], [5, online]));
    await verifyCloudLink.run(step, context);
    expect(context.said).toHaveLength(2);
  });

  it('is not waited for when no agent runs that could bring it up', async () => {
    const system = agentThatSays([0, 'nothing']);
    system.place('/proc/1/cmdline', '/sbin/init\0');
    system.remove('/proc/40');
    const startedAt = system.now();
    await expect(verifyCloudLink.run(step, stepContext(system))).rejects.toMatchObject({
      code: 'LINK_AGENT_STOPPED',
      what: 'The agent did not come online at https://cloud.example within 8 s.',
    });
    expect(system.now() - startedAt).toBe(8000);
  });

  it('that comes up while its failure is looked into is up', async () => {
    const rows = [claimed, claimed, online];
    const system = agentThatSays([0, claimed]);
    const url = 'http://127.0.0.1:20000/api/v1/info';
    system.script({ http: [{ url, answer: () => ({ body: JSON.stringify(rows.length > 1 ? rows.shift() : online) }) }] });
    const context = stepContext(system);
    await verifyCloudLink.run({ ...step, seconds: 0.1 }, context);
    expect(context.said.at(-1)).toBe('The agent says aclk-available: true: it is online at https://cloud.example');
  });

  it('does not keep a user who stops the run while its failure is looked into', async () => {
    const system = agentThatSays([0, claimed]);
    const stop = new AbortController();
    const never = {
      ...system,
      get: (request: Parameters<typeof system.get>[0]) => {
        if (!request.url.startsWith('https:')) return system.get(request);
        stop.abort(new Error('stopped by the user'));
        return new Promise<never>(() => undefined);
      },
    };
    const run = verifyCloudLink.run({ ...step, seconds: 0 }, { ...stepContext(never), signal: stop.signal });
    await expect(run).rejects.toThrow('stopped by the user');
  });
});
