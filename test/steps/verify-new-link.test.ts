import { describe, expect, it } from 'vitest';
import { type VerifyNewLinkStep, verifyNewLink } from '../../src/steps/verify-new-link.ts';
import { createFakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const step: VerifyNewLinkStep = {
  ...{ kind: 'verify-new-link', root: '/x', generation: 'cloud.d' },
  ...{ url: 'https://cloud.example', seconds: 20 },
};
const [earlier, id] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const claimedId = '/x/var/lib/netdata/cloud.d/claimed_id';

interface Said {
  online: boolean;
  /** It does not answer. */
  isMute?: true;
  /** Seconds from now; absent for an agent that does not say it. */
  since?: number;
  claimId?: string;
}

/** An agent that was claimed as `id` just now, and says these things of its link: seconds from now, and what it says from then on. */
async function agentThatSays(...rows: readonly (readonly [seconds: number, says: Said])[]) {
  let startedAt = 0;
  const now = () => rows.findLast(([seconds]) => startedAt + seconds * 1000 <= system.now())?.[1] ?? { online: false };
  const utc = (seconds: number) => new Date(startedAt + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const system = createFakeSystem({
    files: {
      '/x/etc/netdata/netdata.conf': '[web]\n    default port = 20000\n',
      '/x/var/lib/netdata/cloud.d': { directory: true },
    },
    processes: { 40: { program: '/x/usr/sbin/netdata', arguments: ['-D'] } },
    commands: [{ program: '/x/usr/sbin/netdatacli', result: { exitCode: 255 } }],
    http: [
      {
        url: 'http://127.0.0.1:20000/api/v1/info',
        answer: () =>
          now().isMute
            ? { status: 503 }
            : { body: JSON.stringify({ version: 'v1.37.1', 'agent-claimed': true, 'aclk-available': now().online }) },
      },
      {
        url: 'http://127.0.0.1:20000/api/v1/aclk',
        answer: () => {
          const { online, since, claimId } = now();
          if (since === undefined) return { status: 404 };
          return { body: JSON.stringify({ online, 'claimed-id': claimId, 'last-connect-time-utc': utc(since) }) };
        },
      },
      { url: 'http://127.0.0.1:20000/api/v2/info', answer: { status: 404 } },
    ],
  });
  await system.writeFile(claimedId, id, { mode: 0o640 });
  startedAt = system.now();
  return system;
}

describe('the link of an agent that was claimed anew and not restarted', () => {
  it('is new when the earlier one was seen down', async () => {
    const context = stepContext(await agentThatSays([0, { online: true }], [2, { online: false }]));
    await verifyNewLink.run(step, context);
    expect(context.said).toEqual(['The link of the earlier claim is down']);
  });

  it('is new when the agent says that it came up after the claim', async () => {
    const system = await agentThatSays(
      [0, { online: true, since: -60, claimId: id }],
      [3, { online: true, since: 3, claimId: id }],
    );
    const context = stepContext(system);
    await verifyNewLink.run(step, context);
    expect(context.said.join()).toMatch(/^The agent says that its link is up since .*Z, which is after it was claimed$/);
  });

  it('is waited for while the agent lets go of the earlier claim and makes the new link', async () => {
    const system = await agentThatSays(
      [0, { online: true, since: -60, claimId: earlier }],
      [4, { online: true, since: -60, claimId: id }],
      [12, { online: true, since: 12, claimId: id }],
    );
    await verifyNewLink.run(step, stepContext(system));
  });

  it.each([
    ['says that it is up since before the claim', { online: true, since: -60, claimId: id }, 20, 'which is before this claim'],
    [
      'says that it has the earlier claim',
      { online: true, since: 1, claimId: earlier },
      5,
      `as node ${earlier}, and this claim is of node ${id}`,
    ],
    ['does not say since when it is up', { online: true }, 5, 'and not since when'],
  ])('is not taken for the new one when the agent %s', async (_what, says, seconds, why) => {
    const system = await agentThatSays([0, says]);
    const startedAt = system.now();
    const error = await verifyNewLink.run(step, stepContext(system)).catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'CLAIM_RESTART_NEEDED',
      state: 'not-claimed',
      what: 'The node is claimed to https://cloud.example, and that its link is the new one is not proven.',
      next: 'Restart the agent, and look with kickstart status. When it was started by hand: kill 40; while kill -0 40 2>/dev/null; do sleep 1; done; /x/usr/sbin/netdata',
    });
    expect(error.why).toContain(why);
    expect((system.now() - startedAt) / 1000).toBe(seconds);
  });

  it('is not seen down while the agent does not answer', async () => {
    const online = { online: true, since: -60, claimId: id };
    const system = await agentThatSays([0, online], [1, { online: true, isMute: true }], [2, online], [3, { online: false }]);
    const [context, startedAt] = [stepContext(system), system.now()];
    await verifyNewLink.run(step, context);
    expect(context.said).toEqual(['The link of the earlier claim is down']);
    expect((system.now() - startedAt) / 1000).toBe(3);
  });

  it('is not proven by an agent that never answers', async () => {
    const system = await agentThatSays([0, { online: true, isMute: true }]);
    await expect(verifyNewLink.run(step, stepContext(system))).rejects.toMatchObject({
      code: 'CLAIM_RESTART_NEEDED',
      why: expect.stringContaining('The agent runs as process 40. It does not answer on port 20000'),
    });
  });
});
