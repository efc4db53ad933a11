import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import type { ClaimedAgent } from '../../src/plan/plan-claim.ts';
import { planRestore, planUnclaim, restoreRefusal } from '../../src/plan/plan-unclaim.ts';
import { factsOf, optionsWith } from './plan-input.ts';

const input = { options: optionsWith(), facts: factsOf('debian-12-in-docker'), runId: 'RUN' };
const claim = { id: '11111111-1111-4111-8111-111111111111', url: 'https://cloud.example', hasKeys: true };
const agent: ClaimedAgent = {
  ...{
    version: '1.31.0',
    generation: 'cloud.d',
    runAsUser: 'netdata',
    restarts: true,
    configurationWritable: true,
    ownsClaim: true,
  },
  ...{ cloudEnabled: true, privateCa: false, byHand: false, claim },
};
const modern: ClaimedAgent = { ...agent, version: '2.3.0', generation: 'claim.conf' };

function ids(plan: Plan): string[] {
  return plan.stages.flatMap(({ steps }) => steps.map(({ id }) => id));
}

describe('the plan of an unclaim', () => {
  it('takes the credentials away, tells the agent, and looks whether the link is down', () => {
    const plan = planUnclaim(input, agent, 'running');
    expect(ids(plan)).toEqual(['unclaim-node:RUN', 'verify-unclaimed']);
    expect(plan.stages[0]?.steps[0]?.step).toMatchObject({ tell: true, backupDirectory: '/state/unclaim-RUN' });
  });

  it('promises nothing back to an agent that has no claim', () => {
    const back = 'kickstart unclaim --restore brings the claim back';
    expect(planUnclaim(input, agent, 'running').decisions.join(' ')).toContain(back);
    const { claim: _, ...unclaimed } = agent;
    expect(planUnclaim(input, unclaimed, 'running').decisions).toEqual([
      'It is not claimed: only what is left of earlier claims is taken away.',
    ]);
  });

  it('stops an agent from 2.0 on meanwhile, because it keeps its id until then', () => {
    expect(ids(planUnclaim(input, modern, 'running'))).toEqual([
      'stop-service:RUN',
      'unclaim-node:RUN',
      'start-service:RUN',
      'verify-unclaimed',
    ]);
  });

  it('does not stop such an agent when it says itself that it has no claim', () => {
    const { claim: _, ...unclaimed } = modern;
    const plan = planUnclaim(input, unclaimed, 'unclaimed');
    expect(ids(plan)).toEqual(['unclaim-node:RUN', 'verify-unclaimed']);
    expect(plan.decisions[0]).toBe('It is not claimed: only what is left of earlier claims is taken away.');
    expect(planUnclaim(input, { ...unclaimed, restarts: false }, 'unclaimed').decisions).toEqual(plan.decisions);
    // Its files are gone, and it may have them in memory.
    expect(ids(planUnclaim(input, unclaimed, 'running'))).toContain('stop-service:RUN');
    expect(ids(planUnclaim(input, modern, 'unclaimed'))).toContain('stop-service:RUN');
  });

  it('tells such an agent where it cannot be restarted, and sees whether that is enough', () => {
    expect(ids(planUnclaim(input, { ...modern, restarts: false }, 'running'))).toEqual(['unclaim-node:RUN', 'verify-unclaimed']);
  });

  it('says that such a link stays up', () => {
    const stays =
      'Such an agent forgets its id only when it stops, and kickstart cannot restart this one: its link stays up until you do.';
    expect(planUnclaim(input, { ...modern, restarts: false }, 'running').decisions).toContain(stays);
    for (const each of [agent, modern]) expect(planUnclaim(input, each, 'running').decisions).not.toContain(stays);
  });

  it('does not leave an agent stopped that was running: without its start nothing of it counts', () => {
    const [stage] = planUnclaim(input, modern, 'running').stages;
    expect(stage?.steps.map(({ holdsWith }) => holdsWith)).toEqual(['start-service:RUN', 'start-service:RUN', undefined]);
  });

  it('starts nothing that does not run', () => {
    expect(ids(planUnclaim(input, modern, 'stopped'))).toEqual(['unclaim-node:RUN']);
  });
});

describe('the plan of a restore', () => {
  const kept = { from: '/state/unclaim-RUN', claim };

  it('gives the credentials back and proves the link', () => {
    const plan = planRestore(input, agent, kept);
    expect(ids(plan)).toEqual(['restore-claim:RUN', 'verify-cloud-link']);
    expect(plan.stages[1]?.steps[0]?.step).toMatchObject({ url: 'https://cloud.example' });
  });

  it('gives the agent the CA back that it trusted then', () => {
    const restored = (trust: Partial<ClaimedAgent>) => ids(planRestore(input, { ...agent, ...trust }, { ...kept, ca: 'PEM' }));
    expect(restored({ privateCa: true, trustedCa: 'ANOTHER' })).toEqual([
      ...['stop-service:RUN', 'write-file:cloud-ca.pem:RUN', 'restore-claim:RUN', 'start-service:RUN', 'verify-cloud-link'],
    ]);
    expect(restored({})).toContain('write-file:cloud-ca.pem');
    expect(restored({ privateCa: true, trustedCa: 'PEM' })).toEqual(['restore-claim:RUN', 'verify-cloud-link']);
    expect(restored({ byHand: true, restarts: false })).toEqual(['restore-claim:RUN', 'verify-cloud-link']);
  });

  it('is refused without kept credentials, and over another claim', () => {
    expect(restoreRefusal(undefined, {}, '/state')).toMatchObject({ code: 'CLAIM_NOTHING_TO_RESTORE' });
    const other = { claim: { id: '22222222-2222-4222-8222-222222222222', hasKeys: true } };
    expect(restoreRefusal(kept, other, '/state')).toMatchObject({ code: 'CLAIM_OTHERWISE' });
    expect(restoreRefusal(kept, { claim }, '/state')).toBeUndefined();
    expect(restoreRefusal(kept, {}, '/state')).toBeUndefined();
  });
});
