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
    await expect(verifyCloudLink.run(step, stepContext(system))).rejects.toMatchObject({ code: 'LINK_NOT_ONLINE' });
  });

  it.each<[SaidInfo, RegExp]>([
    ['nothing', /^The agent does not answer\.$/],
    [{ ...unclaimed, 'cloud-enabled': false }, /^The agent says cloud-enabled: false/],
    [{ ...unclaimed, 'cloud-available': false }, /^The agent says cloud-available: false/],
    [unclaimed, /^The agent says agent-claimed: false/],
    [claimed, /^The agent says aclk-available: false/],
  ])('that does not come up is told by the first thing that is not so: %j', async (said, why) => {
    const system = agentThatSays([0, said]);
    const startedAt = system.now();
    await expect(verifyCloudLink.run(step, stepContext(system))).rejects.toMatchObject({
      code: 'LINK_NOT_ONLINE',
      state: 'not-claimed',
      what: 'The agent did not come online at https://cloud.example within 60 s.',
      why: expect.stringMatching(why),
    });
    expect(system.now() - startedAt).toBe(60_000);
  });
});
