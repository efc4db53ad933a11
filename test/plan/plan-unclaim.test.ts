import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import type { ClaimedAgent } from '../../src/plan/plan-claim.ts';
import { planRestore, planUnclaim, restoreRefusal } from '../../src/plan/plan-unclaim.ts';
import { factsOf, optionsWith } from './plan-input.ts';

const input = { options: optionsWith(), facts: factsOf('debian-12-in-docker'), runId: 'RUN' };
const claim = { id: '11111111-1111-4111-8111-111111111111', url: 'https://cloud.example' };
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
const running = { saysClaimed: true, remembers: true };
const runs: ClaimedAgent = { ...agent, running };
const modern: ClaimedAgent = { ...runs, version: '2.3.0', generation: 'claim.conf' };
const byHand = { byHand: true, restarts: false };

function ids(plan: Plan): string[] {
  return plan.stages.flatMap(({ steps }) => steps.map(({ id }) => id));
}

function stepOf(plan: Plan, kind: string): object | undefined {
  return plan.stages.flatMap(({ steps }) => steps.map(({ step }) => step)).find((step) => step.kind === kind);
}

describe('the plan of an unclaim', () => {
  it.each([
    ['private key', runs],
    ['id', modern],
  ])('stops an agent meanwhile, because it keeps its %s in memory until then', (what, each) => {
    const plan = planUnclaim(input, each);
    expect(ids(plan)).toEqual(['stop-service:RUN', 'unclaim-node:RUN', 'start-service:RUN', 'verify-unclaimed']);
    expect(stepOf(plan, 'unclaim-node')).toMatchObject({ tell: false, backupDirectory: '/state/unclaim-RUN' });
    expect(plan.stages[0]?.steps[0]?.reason).toBe(`It keeps its ${what} in memory until it stops.`);
  });

  it('promises nothing back to an agent that has no claim', () => {
    const back = 'kickstart unclaim --restore brings the claim back';
    expect(planUnclaim(input, runs).decisions.join(' ')).toContain(back);
    const { claim: _, ...unclaimed } = runs;
    expect(planUnclaim(input, unclaimed).decisions).toEqual([
      'It is not claimed: only what is left of earlier claims is taken away.',
    ]);
  });

  it('does not stop an agent that has forgotten all, and one that may not have', () => {
    for (const each of [runs, modern]) {
      const { claim: _, ...unclaimed } = each;
      const forgets = { ...unclaimed, running: { saysClaimed: false, remembers: false } };
      const plan = planUnclaim(input, forgets);
      expect(ids(plan)).toEqual(['unclaim-node:RUN', 'verify-unclaimed']);
      expect(plan.decisions[0]).toBe('It is not claimed: only what is left of earlier claims is taken away.');
      expect(planUnclaim(input, { ...forgets, restarts: false }).decisions).toEqual(plan.decisions);
      // Its files are gone, and it may have them in memory.
      expect(ids(planUnclaim(input, unclaimed))).toContain('stop-service:RUN');
      expect(ids(planUnclaim(input, { ...each, running: forgets.running }))).toContain('stop-service:RUN');
    }
  });

  it('tells an agent where it cannot be restarted, says before what it keeps, and sees whether that is enough', () => {
    for (const [each, sentence] of [
      [
        runs,
        'Such an agent keeps the private key of its claim in memory until it stops, and kickstart cannot restart this one: its link goes down now. Restart the agent before you claim it with another key.',
      ],
      [
        modern,
        'Such an agent forgets its id only when it stops, and kickstart cannot restart this one: its link stays up until you do.',
      ],
    ] as const) {
      const plan = planUnclaim(input, { ...each, ...byHand });
      expect(ids(plan)).toEqual(['unclaim-node:RUN', 'verify-unclaimed']);
      expect(stepOf(plan, 'unclaim-node')).toMatchObject({ tell: true });
      expect(stepOf(plan, 'verify-unclaimed')).not.toHaveProperty('watchSeconds');
      expect(plan.decisions).toContain(sentence);
      expect(planUnclaim(input, each).decisions).not.toContain(sentence);
    }
  });

  it('lets an agent that may abort without its claim run on for long enough, says so, and watches it afterwards', () => {
    const young = { ...runs, version: '1.37.1', running: { ...running, mayAbortSeconds: 33 } };
    const plan = planUnclaim(input, { ...young, ...byHand });
    expect(plan.decisions).toContain(
      'Netdata 1.37.1 aborts when its claim is taken away soon after its start or its first link: kickstart waits for 33 s first.',
    );
    expect(stepOf(plan, 'verify-unclaimed')).toMatchObject({ seconds: 15, watchSeconds: 10 });
    expect(stepOf(plan, 'unclaim-node')).toMatchObject({ settleSeconds: 33 });
    // A restart takes the danger away, and nothing has to be waited for.
    const restarted = planUnclaim(input, young);
    expect(stepOf(restarted, 'verify-unclaimed')).not.toHaveProperty('watchSeconds');
    expect(stepOf(restarted, 'unclaim-node')).not.toHaveProperty('settleSeconds');
    expect(restarted.decisions.join(' ')).not.toContain('abort');
  });

  it('does not leave an agent stopped that was running: without its start nothing of it counts', () => {
    const [stage] = planUnclaim(input, modern).stages;
    expect(stage?.steps.map(({ holdsWith }) => holdsWith)).toEqual(['start-service:RUN', 'start-service:RUN', undefined]);
  });

  it('starts nothing that does not run', () => {
    for (const generation of ['cloud.d', 'claim.conf'] as const)
      expect(ids(planUnclaim(input, { ...agent, generation }))).toEqual(['unclaim-node:RUN']);
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

  it('restarts an agent that may have another key in memory, or pauses between tries without one', () => {
    const plan = planRestore(input, { ...runs, running: { saysClaimed: false, remembers: true } }, kept);
    expect(ids(plan)).toEqual(['stop-service:RUN', 'restore-claim:RUN', 'start-service:RUN', 'verify-cloud-link']);
    const told = planRestore(input, { ...runs, ...byHand }, kept);
    expect(ids(told)).toEqual(['restore-claim:RUN', 'verify-cloud-link']);
    expect(stepOf(told, 'restore-claim')).toMatchObject({ tell: true });
  });

  it('is refused without kept credentials, and over another claim', () => {
    expect(restoreRefusal(undefined, {}, '/state')).toMatchObject({ code: 'CLAIM_NOTHING_TO_RESTORE' });
    const other = { claim: { id: '22222222-2222-4222-8222-222222222222' } };
    expect(restoreRefusal(kept, other, '/state')).toMatchObject({ code: 'CLAIM_OTHERWISE' });
    expect(restoreRefusal(kept, { claim }, '/state')).toBeUndefined();
    expect(restoreRefusal(kept, {}, '/state')).toBeUndefined();
  });
});
