import { expect, it } from 'vitest';
import { lostIdentity } from '../../src/plan/lost-identity.ts';
import type { AgentToClaim } from '../../src/plan/plan-claim.ts';

const id = '11111111-1111-4111-8111-111111111111';
const agent: AgentToClaim = {
  ...{ generation: 'cloud.d', runAsUser: 'netdata', restarts: true, cloudEnabled: true, privateCa: false },
  claim: { id },
  keyPair: { state: 'lost' },
};
const wanted = { newId: false };
const kept = { from: '/state/unclaim-A', id, keyPair: { state: 'good' } } as const;
const { claim: _, ...unclaimed } = agent;

it('a node whose private key is lost is claimed as another one, because the Cloud takes no other key for its id', () => {
  expect(lostIdentity(wanted, agent)).toBe(
    `The Cloud knows node ${id} by a private key that is missing or damaged here: the agent is claimed as a new node, and the earlier one stays offline in the Cloud until it is removed there.`,
  );
  expect(lostIdentity(wanted, { ...agent, keyPair: { state: 'none' } })).toContain(id);
  expect(lostIdentity(wanted, { ...unclaimed, kept: { ...kept, keyPair: { state: 'lost' } } })).toContain(id);
});

it.each<[string, { newId: boolean; id?: string }, AgentToClaim]>([
  ['has its key', wanted, { ...agent, keyPair: { state: 'good' } }],
  ['has the private half of its key', wanted, { ...agent, keyPair: { state: 'halved' } }],
  ['was never claimed', wanted, unclaimed],
  ['was unclaimed, and its key was kept', wanted, { ...unclaimed, kept }],
  ['is to have a new id', { newId: true }, agent],
  ['is to have this id', { newId: false, id }, agent],
  ['has another id with each claim', wanted, { ...agent, generation: 'claim.conf' }],
])('a node is what it was when it %s', (_, wishes, each) => {
  expect(lostIdentity(wishes, each)).toBeUndefined();
});
