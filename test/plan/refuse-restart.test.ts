import { expect, it } from 'vitest';
import { type ClaimOptions, plainClaim } from '../../src/plan/install-options.ts';
import type { AgentToClaim } from '../../src/plan/plan-claim.ts';
import { restartNeeded } from '../../src/plan/refuse-restart.ts';
import { Secret } from '../../src/system/secret.ts';

const url = 'https://cloud.example';
const claim: ClaimOptions = { ...plainClaim, token: new Secret('T0KEN'), rooms: ['r1'], url };
const claimed = { id: '11111111-1111-4111-8111-111111111111', url, rooms: ['r1'] };
const agent: AgentToClaim = {
  ...{ generation: 'cloud.d', runAsUser: 'netdata', restarts: false, cloudEnabled: true, privateCa: false },
  ...{ keyPair: { state: 'good' }, running: { saysClaimed: false, remembers: false } },
};
const remembers = { running: { saysClaimed: true, remembers: true } };
const kept = { from: '/state/unclaim-A', id: claimed.id, keyPair: { state: 'good' } } as const;
const modern: AgentToClaim = { ...agent, generation: 'claim.conf' };
const settings = 'The agent reads the settings that this claim changes only when it starts.';
const id = 'The agent keeps the id of its earlier claim in memory until it stops.';
const key = 'The agent keeps the private key of its earlier claim in memory until it stops, and this claim needs a new one.';

it.each<[string, AgentToClaim, Partial<ClaimOptions>, string]>([
  ['has the Cloud off', { ...agent, generation: 'claim.d', cloudEnabled: false }, {}, settings],
  ['is to have another proxy', agent, { proxy: { from: 'none' }, configureProxy: true }, settings],
  ['keeps an earlier id in memory', { ...modern, claim: claimed }, { newId: true }, id],
  ['keeps an id in memory that is no more on the disk', { ...modern, ...remembers }, {}, id],
  ['keeps a key in memory that is no more on the disk', { ...agent, ...remembers, keyPair: { state: 'none' } }, {}, key],
  ['has a damaged key', { ...agent, ...remembers, claim: claimed, keyPair: { state: 'lost' } }, {}, key],
])('an agent that kickstart cannot restart and that %s is not claimed', (_, each, wishes, why) => {
  expect(restartNeeded({ ...claim, ...wishes }, each)).toMatchObject({
    ...{ code: 'CLAIM_STOP_AGENT_FIRST', state: 'refused' },
    what: 'This claim takes effect only when the agent is started again, and kickstart cannot restart this agent.',
    why,
    next: 'Stop the agent, run the same line with --claim-daemon-not-running, and start the agent again.',
  });
  expect(restartNeeded({ ...claim, ...wishes }, { ...each, restarts: true })).toBeUndefined();
  for (const untold of [{ daemonRuns: false }, { reload: false }])
    expect(restartNeeded({ ...claim, ...wishes, ...untold }, each)).toBeUndefined();
  const { running: __, ...stopped } = each;
  expect(restartNeeded({ ...claim, ...wishes }, stopped)).toBeUndefined();
});

it.each<[string, AgentToClaim, Partial<ClaimOptions>]>([
  ['was never claimed', agent, {}],
  ['claims itself and was never claimed', modern, {}],
  ['is claimed as asked', { ...modern, claim: claimed, ...remembers }, {}],
  ['gets another id with the key that it has', { ...agent, claim: claimed, ...remembers }, { newId: true }],
  ['was unclaimed, and gets the kept key again', { ...agent, ...remembers, keyPair: { state: 'none' }, kept }, {}],
])('an agent that kickstart cannot restart and that %s is claimed', (_, each, wishes) => {
  expect(restartNeeded({ ...claim, ...wishes }, each)).toBeUndefined();
});

it('an agent that does not trust the private CA of the Cloud is not claimed, and has to be started with it', () => {
  const ca = { file: '/ca.pem', pem: 'PEM' };
  const each: AgentToClaim = { ...agent, running: { saysClaimed: false, remembers: false, trustsSystemOnly: true } };
  expect(restartNeeded({ ...claim, ca }, each)).toMatchObject({
    why: 'The link of the agent trusts the certificates of the system only: it was started without SSL_CERT_FILE.',
    next: 'Stop the agent, run the same line with --claim-daemon-not-running, and start the agent again, with SSL_CERT_FILE=/ca.pem in its environment. Or leave out --ca-file, where the system trusts the certificate of the Cloud.',
  });
  expect(restartNeeded(claim, each)).toBeUndefined();
  expect(restartNeeded({ ...claim, ca }, agent)).toBeUndefined();
});
