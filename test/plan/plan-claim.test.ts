import { describe, expect, it } from 'vitest';
import { type ClaimOptions, plainClaim } from '../../src/plan/install-options.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type ClaimedAgent, planClaim } from '../../src/plan/plan-claim.ts';
import { Secret } from '../../src/system/secret.ts';
import { factsOf, optionsWith } from './plan-input.ts';

const url = 'https://cloud.example';
const claim: ClaimOptions = { ...plainClaim, token: new Secret('T0KEN'), rooms: ['r1', 'r2'], url };
const input = { options: optionsWith(), facts: factsOf('debian-12-in-docker'), runId: 'RUN' };
const agent: ClaimedAgent = {
  ...{
    version: '1.31.0',
    generation: 'cloud.d',
    runAsUser: 'netdata',
    restarts: true,
    configurationWritable: true,
    ownsClaim: true,
  },
  ...{ cloudEnabled: true, privateCa: false, byHand: false, keyPair: { state: 'good' } },
};
const old: ClaimedAgent = { ...agent, version: '1.21.0', generation: 'claim.d', cloudEnabled: false };
const modern: ClaimedAgent = { ...agent, version: '2.3.0', generation: 'claim.conf' };
const claimed = { id: '11111111-1111-4111-8111-111111111111', url, rooms: ['r2', 'r1'] };

function ids(plan: Plan): string[] {
  return plan.stages.flatMap(({ steps }) => steps.map(({ id }) => id));
}

function stepOf(plan: Plan, kind: string): object | undefined {
  return plan.stages.flatMap(({ steps }) => steps.map(({ step }) => step)).find((step) => step.kind === kind);
}

describe('the plan of a claim', () => {
  it('does not upgrade', () => {
    const plan = planClaim(input, claim, agent);
    expect(ids(plan)).toEqual(['start-service', 'create-identity', 'claim-node:RUN', 'verify-cloud-link']);
    expect(plan.decisions[0]).toBe(
      'Netdata 1.31.0 is here and was installed by kickstart: it is claimed as it is, and not upgraded.',
    );
  });

  it('asks a service manager only whether the agent runs', () => {
    const facts = factsOf('debian-12-in-docker', { serviceManager: 'systemd' });
    expect(ids(planClaim({ ...input, facts }, claim, agent))[0]).toBe('start-service');
  });

  it('restarts the agent when the CA of the Cloud is new to it, and not before the Cloud has accepted the claim', () => {
    const ca = { file: '/ca.pem', pem: 'PEM' };
    expect(ids(planClaim(input, { ...claim, ca }, agent))).toEqual([
      ...['start-service', 'create-identity', 'claim-node:RUN'],
      ...['stop-service:after-claim-RUN', 'write-file:cloud-ca.pem', 'start-service:after-claim-RUN', 'verify-cloud-link'],
    ]);
    expect(ids(planClaim(input, { ...claim, ca }, { ...agent, privateCa: true }))).toEqual([
      ...['start-service', 'create-identity', 'claim-node:RUN', 'verify-cloud-link'],
    ]);
  });

  it('starts the agent with that CA, and would start it without when that is taken back', () => {
    const plan = planClaim(input, { ...claim, ca: { file: '/ca.pem', pem: 'PEM' } }, modern);
    const services = plan.stages.flatMap(({ steps }) => steps.flatMap(({ step }) => ('service' in step ? [step] : [])));
    expect(services.slice(1)).toMatchObject([
      { kind: 'stop-service', service: { environment: {} } },
      { kind: 'start-service', service: { environment: { SSL_CERT_FILE: '/opt/x/netdata/etc/netdata/cloud-ca.pem' } } },
    ]);
  });

  it('names the CA in the service, where there is a service manager', () => {
    const facts = factsOf('debian-12-in-docker', { serviceManager: 'systemd' });
    const plan = planClaim({ ...input, facts }, { ...claim, ca: { file: '/ca.pem', pem: 'PEM' } }, modern);
    expect(ids(plan)).toEqual([
      ...['start-service', 'stop-service:for-claim-RUN', 'write-file:cloud-ca.pem', 'install-service'],
      ...['start-service:for-claim-RUN', 'claim-by-agent:RUN', 'verify-cloud-link'],
    ]);
  });

  it('gives the agent the CA of the Cloud that it is moved to, and keeps the undo of the earlier one', () => {
    const ca = { file: '/ca.pem', pem: 'PEM' };
    const planned = (trustedCa: string) => ids(planClaim(input, { ...claim, ca }, { ...agent, privateCa: true, trustedCa }));
    expect(planned('ANOTHER')).toContain('write-file:cloud-ca.pem:RUN');
    expect(planned('PEM').join(' ')).not.toContain('write-file');
  });

  it('lets an agent that trusts a private CA alone trust the system, too, when it is moved to a Cloud without one', () => {
    const privately = { ...agent, privateCa: true, trustedCa: 'PEM', claim: { ...claimed, url: 'https://private.example' } };
    const plan = planClaim(input, claim, privately);
    expect(ids(plan)).toContain('write-file:cloud-ca.pem:RUN');
    expect(stepOf(plan, 'write-file')).toMatchObject({
      ...{ content: 'PEM', path: '/opt/x/netdata/etc/netdata/cloud-ca.pem' },
      below: { files: expect.arrayContaining(['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt']) },
    });
    const untouched = [
      { ...privately, trustsSystem: true },
      { ...privately, privateCa: false },
      { ...privately, claim: claimed },
    ];
    for (const other of untouched) expect(ids(planClaim(input, claim, other)).join(' ')).not.toContain('write-file');
    expect(ids(planClaim(input, claim, { ...privately, generation: 'claim.conf' }))).toContain('write-file:cloud-ca.pem:RUN');
  });

  it('restarts an agent that is moved, because the link of its earlier claim says online, too', () => {
    const around = ['stop-service:after-claim-RUN', 'start-service:after-claim-RUN', 'verify-cloud-link'];
    const online: ClaimedAgent = { ...agent, claim: claimed, cloudBaseUrl: url };
    const moves = [{ newId: true }, { id: '22222222-2222-4222-8222-222222222222' }, { url: 'https://other.example' }];
    for (const move of moves) expect(ids(planClaim(input, { ...claim, ...move }, online)).slice(-3)).toEqual(around);
    const otherRooms = planClaim(input, { ...claim, rooms: ['r3'] }, online);
    expect(ids(otherRooms)).not.toContain('stop-service:after-claim-RUN');
  });

  it('neither starts nor stops an agent that was built by hand', () => {
    const byHand = { ...agent, byHand: true, restarts: false };
    const plan = planClaim(input, { ...claim, ca: { file: '/ca.pem', pem: 'PEM' } }, byHand);
    expect(ids(plan)).toEqual(['create-identity', 'claim-node:RUN', 'verify-cloud-link']);
    expect(plan.decisions.join(' ')).toContain('it has to be started with SSL_CERT_FILE');
    expect(plan.stages.flatMap(({ steps }) => steps).find(({ id }) => id === 'claim-node:RUN')?.step).toMatchObject({
      byHand: true,
    });
  });

  it('leaves the agent as it is when the claim is refused', () => {
    for (const each of [agent, old, modern, { ...modern, claim: claimed }]) {
      const plan = planClaim(input, { ...claim, newId: true }, each);
      const stages = plan.stages.filter(({ title }) => title === 'Claim' || title === 'Prove');
      expect(new Set(stages.map(({ failureUndoes }) => failureUndoes))).toEqual(new Set(['stage']));
    }
  });

  it('neither tells nor starts an agent that is not to be told', () => {
    const silent = [{ reload: false }, { daemonRuns: false }].map((change) => ({ ...claim, ...change, wait: 'none' as const }));
    for (const options of silent) {
      const plan = planClaim(input, options, agent);
      expect(ids(plan)).toEqual(['create-identity', 'claim-node:RUN']);
      expect(stepOf(plan, 'claim-node')).toMatchObject({ tell: false });
      expect(ids(planClaim(input, options, modern))).toEqual(['claim-by-agent:RUN']);
    }
  });

  it('waits for nothing when that is asked for', () => {
    expect(ids(planClaim(input, { ...claim, wait: 'none' }, agent))).not.toContain('verify-cloud-link');
  });

  it('leaves the last word to the proof, where there is one', () => {
    const link = { wait: 'claimed', afterClaim: true } as const;
    for (const each of [agent, modern]) {
      const proven = planClaim(input, { ...claim, wait: 'claimed' }, each);
      const kind = each === modern ? 'claim-by-agent' : 'claim-node';
      expect(stepOf(proven, kind)).toMatchObject({ proofFollows: true });
      expect(stepOf(proven, 'verify-cloud-link')).toMatchObject(link);
      expect(stepOf(planClaim(input, { ...claim, wait: 'none' }, each), kind)).not.toHaveProperty('proofFollows');
    }
    const known = planClaim(input, claim, { ...agent, claim: claimed });
    expect(stepOf(known, 'verify-cloud-link')).not.toHaveProperty('afterClaim');
  });

  it('hands on id, name, user and the way of the call', () => {
    const wishes = {
      id: claimed.id,
      hostname: 'a "name"',
      user: 'monitor',
      insecure: true,
      verbose: true,
      proxy: { from: 'none' },
    };
    const plan = planClaim(input, { ...claim, ...wishes } as ClaimOptions, agent);
    expect(stepOf(plan, 'claim-node')).toMatchObject({ ...wishes, agentVersion: '1.31.0' });
    expect(stepOf(plan, 'create-identity')).toMatchObject({ user: 'monitor' });
    expect(stepOf(planClaim(input, { ...claim, newId: true }, agent), 'claim-node')).toMatchObject({ id: 'new' });
  });

  it('says of an unknown version nothing that depends on it', () => {
    const plan = planClaim(input, claim, { ...agent, version: 'of an unknown version' });
    expect(stepOf(plan, 'claim-node')).not.toHaveProperty('agentVersion');
  });

  it('says what speaks for a copy of another machine', () => {
    expect(planClaim(input, claim, { ...agent, cloneSuspicion: 'It may be a copy.' }).decisions).toContain('It may be a copy.');
    expect(planClaim(input, { ...claim, onFailure: 'undo' }, agent).decisions).toContain(
      '--on-claim-failure undo is for a fresh install: an agent that is here stays, whatever comes of its claim.',
    );
  });
});

describe('an agent that is claimed already', () => {
  it('to the same place with the same rooms is only looked at', () => {
    const plan = planClaim(input, claim, { ...agent, claim: claimed });
    expect(ids(plan)).toEqual(['start-service', 'verify-cloud-link']);
    expect(plan.decisions.at(-1)).toContain(
      `It is claimed to ${url} as node ${claimed.id}, with the same rooms, and so in their space: the Cloud is not asked again.`,
    );
  });

  it.each([
    ['another URL', { ...claimed, url: 'https://other.example' }, {}],
    ['no URL, which is the usual Cloud', { id: claimed.id, rooms: claimed.rooms }, {}],
    ['other rooms', { ...claimed, rooms: ['r1'] }, {}],
    ['rooms that nothing tells', { id: claimed.id, url }, {}],
    ['the Cloud switched off', claimed, {}, { cloudEnabled: false }],
    ['a wish for a new id', claimed, { newId: true }],
    ['a wish for another id', claimed, { id: '22222222-2222-4222-8222-222222222222' }],
  ] as const)('with %s is claimed again', (_what, known, wishes, change?: Partial<ClaimedAgent>) => {
    expect(ids(planClaim(input, { ...claim, ...wishes }, { ...agent, ...change, claim: known }))).toContain('claim-node:RUN');
  });

  it('to the usual Cloud need not name it', () => {
    const plan = planClaim(
      input,
      { ...claim, url: 'https://app.netdata.cloud', rooms: [] },
      { ...agent, claim: { id: claimed.id, rooms: [] } },
    );
    expect(ids(plan)).not.toContain('claim-node:RUN');
    expect(plan.decisions.at(-1)).toContain(
      'Which space the token is for cannot be seen from here: should it be another one than that of the node, kickstart claim --new-id moves the node there.',
    );
  });

  it('gets another proxy, or another CA, without another claim', () => {
    const wishes = { ...claim, configureProxy: true, proxy: { from: 'none' }, ca: { file: '/ca.pem', pem: 'PEM' } } as const;
    for (const each of [agent, modern]) {
      const plan = planClaim(input, wishes, { ...each, claim: claimed });
      expect(ids(plan)).toEqual([
        ...['start-service', 'stop-service:for-claim-RUN', 'edit-proxy-RUN', 'write-file:cloud-ca.pem'],
        ...['start-service:for-claim-RUN', 'verify-cloud-link'],
      ]);
      expect(plan.title).toContain('Set the proxy of the agent below /opt/x/netdata');
      const untold = planClaim(input, { ...wishes, daemonRuns: false, wait: 'none' }, { ...each, claim: claimed });
      expect(ids(untold)).toEqual(['edit-proxy-RUN', 'write-file:cloud-ca.pem']);
      const byHand = planClaim(input, wishes, { ...each, claim: claimed, byHand: true, restarts: false });
      expect(ids(byHand)).toEqual(['edit-proxy-RUN', 'verify-cloud-link']);
      expect(byHand.decisions.join(' ')).toContain('its link uses the new proxy when it is started again');
    }
  });

  const remembering = { saysClaimed: true, remembers: true };
  const damage = 'private.pem is damaged: it holds no RSA private key.';

  it.each([
    ['a private half that is damaged', { state: 'lost', why: damage }],
    ['a private half that is missing', { state: 'lost' }],
    ['no key at all', { state: 'none' }],
    ['a key that this user cannot read', { state: 'unseen' }],
  ] as const)('with %s is claimed again, with create-identity before the Cloud is asked', (_, keyPair) => {
    const plan = planClaim(input, claim, { ...agent, claim: claimed, keyPair });
    expect(ids(plan).slice(1, 3)).toEqual(['create-identity', 'claim-node:RUN']);
    if ('why' in keyPair) expect(plan.decisions).toContain(`${keyPair.why} It is set aside, and replaced.`);
  });

  it('is restarted after a claim with another key, because the old one may be in its memory, and not before the Cloud has accepted it', () => {
    const restarted = ['create-identity', 'claim-node:RUN', 'stop-service:after-claim-RUN', 'start-service:after-claim-RUN'];
    const lost: ClaimedAgent = { ...agent, claim: claimed, keyPair: { state: 'lost', why: damage }, running: remembering };
    expect(ids(planClaim(input, claim, lost)).slice(1, 5)).toEqual(restarted);
    // What rm -rf cloud.d leaves: an agent that runs on with the claim in memory.
    const cleared: ClaimedAgent = { ...agent, keyPair: { state: 'none' }, running: remembering };
    expect(ids(planClaim(input, claim, cleared)).slice(1, 5)).toEqual(restarted);
    const fresh: ClaimedAgent = { ...cleared, running: { saysClaimed: false, remembers: false } };
    expect(ids(planClaim(input, claim, fresh))).toEqual([
      'start-service',
      'create-identity',
      'claim-node:RUN',
      'verify-cloud-link',
    ]);
  });

  it('with a damaged public half gets that half, and is only looked at: its link needs the private one', () => {
    for (const each of [agent, modern]) {
      const plan = planClaim(input, claim, {
        ...each,
        claim: claimed,
        keyPair: { state: 'halved', why: 'public.pem is damaged.' },
      });
      expect(ids(plan)).toEqual(['start-service', 'create-identity', 'verify-cloud-link']);
      expect(plan.decisions).toContain('public.pem is damaged. It is set aside, and replaced.');
    }
    const lost = planClaim(input, claim, { ...modern, claim: claimed, keyPair: { state: 'lost', why: damage } });
    expect(ids(lost)).toContain('unclaim-node:RUN');
  });

  it('uses the key pair again that an unclaim has kept, unless a new id is asked for', () => {
    const kept = { from: '/state/unclaim-A', id: claimed.id, keyPair: { state: 'good' } } as const;
    const unclaimed: ClaimedAgent = { ...agent, keyPair: { state: 'none' }, kept };
    const stepWith = (wishes: Partial<ClaimOptions>, each = unclaimed) =>
      stepOf(planClaim(input, { ...claim, ...wishes }, each), 'create-identity');
    expect(stepWith({})).toMatchObject({ keptIn: '/state/unclaim-A' });
    expect(stepWith({ id: claimed.id })).toMatchObject({ keptIn: '/state/unclaim-A' });
    expect(stepWith({ newId: true })).not.toHaveProperty('keptIn');
    expect(stepWith({ id: '22222222-2222-4222-8222-222222222222' })).not.toHaveProperty('keptIn');
    expect(stepWith({}, { ...unclaimed, kept: { ...kept, keyPair: { state: 'lost' } } })).not.toHaveProperty('keptIn');
  });
});

describe('an agent up to 1.21', () => {
  it('is opted in in netdata.conf, and restarted', () => {
    const plan = planClaim(input, claim, old);
    expect(ids(plan)).toEqual([
      'start-service',
      'create-identity',
      'edit-netdata-cloud-RUN',
      'edit-cloud-base-url-RUN',
      'claim-node:RUN',
      'stop-service:after-claim-RUN',
      'start-service:after-claim-RUN',
      'verify-cloud-link',
    ]);
    expect(stepOf(plan, 'edit-configuration')).toMatchObject({
      ...{ path: '/opt/x/netdata/etc/netdata/netdata.conf', section: 'global', key: 'netdata cloud', value: 'enable' },
    });
    expect(stepOf(plan, 'claim-node')).toMatchObject({ generation: 'claim.d' });
  });

  it('that belongs to this Cloud is only told', () => {
    const plan = planClaim(input, claim, { ...old, cloudEnabled: true, cloudBaseUrl: url, claim: { ...claimed, rooms: [] } });
    expect(ids(plan)).toEqual(['start-service', 'create-identity', 'claim-node:RUN', 'verify-cloud-link']);
  });
});

describe('an agent from 2.0 on', () => {
  it('claims itself', () => {
    const plan = planClaim(input, claim, modern);
    expect(ids(plan)).toEqual(['start-service', 'claim-by-agent:RUN', 'verify-cloud-link']);
    expect(plan.decisions).toContain('It claims itself: kickstart writes claim.conf, tells it, and reads what came of it.');
  });

  it('is not said to claim itself when it is claimed already, and only looked at', () => {
    const known = planClaim(input, { ...claim, rooms: ['r1', 'r2'] }, { ...modern, claim: { ...claimed, rooms: ['r1', 'r2'] } });
    expect(ids(known)).toEqual(['start-service', 'verify-cloud-link']);
    expect(known.decisions.join(' ')).not.toContain('It claims itself');
  });

  it('says that it chooses its id itself', () => {
    const { decisions } = planClaim(input, { ...claim, id: claimed.id }, modern);
    expect(decisions.join(' ')).toContain('--claim-id and --claim-hostname do nothing');
  });

  it('that is not claimed and has a damaged key pair is rid of that before it asks the Cloud', () => {
    const plan = planClaim(input, claim, { ...modern, keyPair: { state: 'halved', why: 'public.pem is damaged.' } });
    expect(ids(plan)).toEqual([
      ...['start-service', 'stop-service:for-claim-RUN', 'unclaim-node:RUN', 'start-service:for-claim-RUN'],
      ...['claim-by-agent:RUN', 'verify-cloud-link'],
    ]);
  });

  it('that has lost its files and not its memory is restarted before it claims itself', () => {
    const plan = planClaim(input, claim, {
      ...modern,
      keyPair: { state: 'none' },
      running: { saysClaimed: true, remembers: true },
    });
    expect(ids(plan).slice(1, 4)).toEqual(['stop-service:for-claim-RUN', 'start-service:for-claim-RUN', 'claim-by-agent:RUN']);
  });

  it('that is claimed forgets its id by a restart, and only then claims itself', () => {
    const plan = planClaim(input, { ...claim, newId: true }, { ...modern, claim: claimed });
    expect(ids(plan)).toEqual([
      'start-service',
      'stop-service:for-claim-RUN',
      'unclaim-node:RUN',
      'start-service:for-claim-RUN',
      'claim-by-agent:RUN',
      'verify-cloud-link',
    ]);
    expect(stepOf(plan, 'claim-by-agent')).toMatchObject({ earlierId: claimed.id });
    const held = plan.stages.flatMap(({ steps }) => steps.flatMap(({ id, holdsWith }) => (holdsWith ? [[id, holdsWith]] : [])));
    expect(held).toEqual([
      ['stop-service:for-claim-RUN', 'claim-by-agent:RUN'],
      ['unclaim-node:RUN', 'claim-by-agent:RUN'],
      ['start-service:for-claim-RUN', 'claim-by-agent:RUN'],
    ]);
  });
});

describe('an agent that kickstart cannot restart', () => {
  it('is not believed that it is online when it is moved, because that may be its earlier link', () => {
    const byHand = { ...agent, claim: claimed, byHand: true, restarts: false };
    const moved = planClaim(input, { ...claim, newId: true }, byHand);
    expect(ids(moved)).toEqual(['create-identity', 'claim-node:RUN', 'verify-new-link', 'verify-cloud-link']);
    // It was claimed before, too.
    expect(ids(planClaim(input, { ...claim, newId: true, wait: 'claimed' }, byHand))).toEqual(ids(moved));
    const others = [{ rooms: ['r3'] }, { newId: true, reload: false, wait: 'none' as const }];
    for (const wishes of others) expect(ids(planClaim(input, { ...claim, ...wishes }, byHand))).not.toContain('verify-new-link');
  });

  it('is looked at for a moment when it is moved and nobody waits, which fails nothing', () => {
    const byHand = { ...agent, claim: claimed, byHand: true, restarts: false };
    const moved = planClaim(input, { ...claim, newId: true, wait: 'none' }, byHand);
    expect(moved.stages.flatMap(({ steps }) => steps).find(({ id }) => id === 'verify-new-link')).toMatchObject({
      step: { kind: 'verify-new-link', seconds: 5 },
      optional: { sentence: expect.stringContaining('the link of its earlier claim may be up still') },
    });
  });
});

describe('a proxy that is to be configured', () => {
  const proxy = { from: 'option', url: new Secret('http://user:canary@proxy:3128') } as const;

  it('is written into netdata.conf, whatever the generation, and the agent restarted', () => {
    const wishes = { ...claim, proxy, configureProxy: true };
    expect(ids(planClaim(input, wishes, agent)).slice(1)).toEqual([
      ...['create-identity', 'edit-proxy-RUN', 'claim-node:RUN'],
      ...['stop-service:after-claim-RUN', 'start-service:after-claim-RUN', 'verify-cloud-link'],
    ]);
    expect(ids(planClaim(input, wishes, modern)).slice(1)).toEqual([
      ...[
        'stop-service:for-claim-RUN',
        'edit-proxy-RUN',
        'start-service:for-claim-RUN',
        'claim-by-agent:RUN',
        'verify-cloud-link',
      ],
    ]);
    expect(JSON.stringify(planClaim(input, wishes, agent))).not.toContain('canary');
  });

  it('can be none, and that of the environment', () => {
    const words = [{ from: 'none' } as const, { from: 'environment' } as const].map((each) =>
      stepOf(planClaim(input, { ...claim, proxy: each, configureProxy: true }, agent), 'edit-configuration'),
    );
    expect(words).toMatchObject([{ value: 'none' }, { value: 'env' }]);
  });
});
