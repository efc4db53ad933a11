import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClaimNodeStep, claimNode } from '../../src/steps/claim-node.ts';
import { createIdentity } from '../../src/steps/create-identity.ts';
import { Secret } from '../../src/system/secret.ts';
import type { HttpRequest, NewFile, System } from '../../src/system/system.ts';
import { createFakeSystem, type FakeAnswer, revealed } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const guid = '1d39de1a-e4ce-11f1-aeea-02fc00000001';
const cloudDirectory = '/x/var/lib/netdata/cloud.d';
const netdata = { userId: 201, groupId: 201 };

interface Machine {
  files?: Record<string, string>;
  answer?: FakeAnswer;
  info?: object;
  requests?: HttpRequest[];
}

function machine({
  files = {},
  answer = { status: 204 },
  info = { 'cloud-enabled': true, 'cloud-available': true },
  requests = [],
}: Machine) {
  return createFakeSystem({
    files: {
      '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nnetdata:x:201:201::/x:/bin/false\n',
      '/etc/group': 'root:x:0:\nnetdata:x:201:\n',
      '/x/etc/netdata/netdata.conf': '[web]\n    default port = 20000\n[global]\n    run as user = netdata\n',
      '/x/var/lib/netdata/registry/netdata.public.unique.id': guid,
      ...files,
    },
    commands: [{ program: '/x/usr/sbin/netdatacli' }],
    processes: { 40: { program: '/x/usr/sbin/netdata', arguments: ['-D'] } },
    http: [
      {
        method: 'GET',
        url: 'http://127.0.0.1:20000/api/v1/info',
        answer: { body: JSON.stringify({ version: 'v1.31.0', ...info }) },
      },
      {
        method: 'PUT',
        url: /^https:\/\/cloud\.example\/api\/v1\/spaces\/nodes\//,
        answer: (request) => {
          requests.push(request);
          return answer;
        },
      },
    ],
  });
}

const identity = { kind: 'create-identity', root: '/x', generation: 'cloud.d', backupDirectory: '/state-identity' } as const;

const step: ClaimNodeStep = {
  kind: 'claim-node',
  root: '/x',
  url: 'https://cloud.example',
  token: new Secret('T0KEN'),
  rooms: ['room-1', 'room-2'],
  generation: 'cloud.d',
  hostname: 'host "quoted"',
  ...{ proxy: { from: 'agent' }, insecure: false, verbose: false, tell: true },
  backupDirectory: '/state',
};

async function claimed(system: System, change: Partial<ClaimNodeStep> = {}) {
  const context = stepContext(system, 'uninstall');
  await createIdentity.run(identity, context);
  await claimNode.run({ ...step, ...change }, context);
  return context;
}

describe('claim-node', () => {
  it('names the credentials that an unclaim has kept when the Cloud knows the node by them', async () => {
    const answer = { status: 409, body: '{"errorMsgKey":"ErrAlreadyClaimed"}' };
    const kept =
      'The credentials of this node are kept since it was unclaimed: kickstart unclaim --restore gives them back, and needs no token.';
    const nextOf = (change: Partial<ClaimNodeStep>) =>
      claimed(machine({ answer }), change).catch(({ code, next }) => `${code} ${next}`);
    expect(await nextOf({ keptId: guid })).toMatch(new RegExp(`^CLAIM_ALREADY ${kept} .*--new-id`));
    expect(await nextOf({ keptId: '22222222-2222-4222-8222-222222222222' })).not.toContain(kept);
  });

  it('sends what the Cloud expects, and only there says the token', async () => {
    const requests: HttpRequest[] = [];
    const system = machine({ requests });
    await claimed(system);
    const [request] = requests;
    expect(`${request?.body}`).toBe('[hidden]');
    const body = JSON.parse(request?.body instanceof Secret ? Secret.reveal(request.body) : '');
    expect(body).toEqual({
      node: { id: guid, hostname: 'host "quoted"' },
      token: 'T0KEN',
      rooms: ['room-1', 'room-2'],
      publicKey: await system.readFile(`${cloudDirectory}/public.pem`),
      mGUID: guid,
    });
    expect(JSON.stringify(system.tree())).not.toContain('T0KEN');
  });

  it('writes the claim for the user that runs the agent, and tells the agent', async () => {
    const system = machine({ files: { [`${cloudDirectory}/token`]: 'old token' } });
    const { said } = await claimed(system);
    expect(await system.readFile(`${cloudDirectory}/claimed_id`)).toBe(guid);
    expect(await system.readFile(`${cloudDirectory}/cloud.conf`)).toBe(
      '[global]\n    enabled = yes\n    cloud base url = https://cloud.example\n',
    );
    expect(await system.readFile(`${cloudDirectory}/rooms`)).toBe('room-1,room-2');
    expect(await system.stat(`${cloudDirectory}/token`)).toBeUndefined();
    expect(await system.stat(`${cloudDirectory}/claimed_id`)).toMatchObject({ mode: 0o640, ...netdata });
    expect(system.calls.filter((call) => call.includes('reload-claiming-state'))).toHaveLength(1);
    expect(said).toContain('Agent was successfully claimed.');
  });

  it('leaves the last word to a step that waits for the proof', async () => {
    const { said } = await claimed(machine({}), { proofFollows: true });
    expect(said).toContain(`The Cloud accepted the claim of node ${guid}`);
    expect(said).not.toContain('Agent was successfully claimed.');
  });

  it('keeps the keys and comments that cloud.conf has', async () => {
    const system = machine({ files: { [`${cloudDirectory}/cloud.conf`]: '# mine\n[global]\n  proxy = none\n  enabled = no\n' } });
    await claimed(system);
    expect(await system.readFile(`${cloudDirectory}/cloud.conf`)).toBe(
      '# mine\n[global]\n  proxy = none\n  enabled = yes\n  cloud base url = https://cloud.example\n',
    );
  });

  it('writes nothing of a file that was put in the place of cloud.conf while it claims', async () => {
    const system = machine({ files: { [`${cloudDirectory}/cloud.conf`]: '[global]\n' } });
    const swapping = {
      ...system,
      async copyFile(from: string, to: string, file: NewFile) {
        await system.copyFile(from, to, file);
        if (from === `${cloudDirectory}/cloud.conf`) system.place(from, 'root:secret\n');
      },
    };
    await createIdentity.run(identity, stepContext(system, 'uninstall'));
    await claimNode.run(step, { ...stepContext(system, 'uninstall'), system: swapping });
    expect(await system.readFile(`${cloudDirectory}/cloud.conf`)).not.toContain('secret');
  });

  it('leaves the earlier claim alone when the Cloud refuses', async () => {
    const earlier = { [`${cloudDirectory}/claimed_id`]: guid, [`${cloudDirectory}/cloud.conf`]: '[global]\n' };
    const system = machine({ files: earlier, answer: { status: 403, body: '{"errorMsgKey":"ErrForbidden"}' } });
    await createIdentity.run(identity, stepContext(system, 'uninstall'));
    const before = system.tree();
    await expect(claimNode.run(step, stepContext(system, 'uninstall'))).rejects.toMatchObject({ code: 'CLAIM_TOKEN_INVALID' });
    expect(system.tree()).toEqual(before);
  });

  it('refuses an agent that was built without Cloud', async () => {
    const system = machine({ info: { 'cloud-enabled': false, 'cloud-available': false } });
    const uninstall = expect.stringContaining('kickstart uninstall');
    await expect(claimed(system)).rejects.toMatchObject({ code: 'CLAIM_AGENT_WITHOUT_CLOUD', next: uninstall });
  });

  it('tells nobody to uninstall an agent that kickstart did not install', async () => {
    const system = machine({ info: { 'cloud-enabled': false, 'cloud-available': false } });
    await expect(claimed(system, { byHand: true })).rejects.toMatchObject({
      code: 'CLAIM_AGENT_WITHOUT_CLOUD',
      next: 'It needs to be built or installed again with Cloud, in the way it came here.',
    });
  });

  it('goes back to the claim that was there before', async () => {
    const system = machine({
      files: { [`${cloudDirectory}/claimed_id`]: 'earlier', [`${cloudDirectory}/cloud.conf`]: '[global]\n    enabled = no\n' },
    });
    await createIdentity.run(identity, stepContext(system, 'uninstall'));
    const undo = await claimNode.inspect(step, system);
    await claimNode.run(step, stepContext(system, 'uninstall'));
    if (undo === undefined) throw new Error('nothing to do');
    for (const _ of ['once', 'twice']) await claimNode.undo(undo, stepContext(system, 'uninstall'));
    expect(await system.readFile(`${cloudDirectory}/claimed_id`)).toBe('earlier');
    expect(await system.readFile(`${cloudDirectory}/cloud.conf`)).toBe('[global]\n    enabled = no\n');
    expect(await system.stat(`${cloudDirectory}/rooms`)).toBeUndefined();
    expect(await system.stat('/state')).toBeUndefined();
  });

  it('claims under another id when told so, and keeps the GUID and the key', async () => {
    const id = '22222222-2222-4222-8222-222222222222';
    const requests: HttpRequest[] = [];
    const system = machine({ requests });
    await claimed(system, { id });
    expect(requests[0]?.url).toBe(`https://cloud.example/api/v1/spaces/nodes/${id}`);
    expect(bodyOf(requests[0])).toMatchObject({ node: { id }, mGUID: guid });
    expect(await system.readFile(`${cloudDirectory}/claimed_id`)).toBe(id);
    const key = system.readText(`${cloudDirectory}/private.pem`);
    await claimNode.run({ ...step, id: 'new' }, stepContext(system));
    expect(await system.readFile(`${cloudDirectory}/claimed_id`)).toMatch(/^00000000-0000-4000-8000-\d{12}$/);
    expect(system.readText(`${cloudDirectory}/private.pem`)).toBe(key);
    expect(bodyOf(requests[1])).toMatchObject({ mGUID: guid });
  });

  it('trusts the certificates that are there for the claim call, unless others are named', async () => {
    const requests: HttpRequest[] = [];
    const system = machine({ requests, files: { [`${cloudDirectory}/cloud_fullchain.pem`]: 'PEM' } });
    await claimed(system);
    await claimed(system, { ca: { file: '/ca.pem', pem: 'OTHER' } });
    expect(requests.map(({ caFile }) => caFile)).toEqual([`${cloudDirectory}/cloud_fullchain.pem`, '/ca.pem']);
    expect(await system.readFile(`${cloudDirectory}/cloud_fullchain.pem`)).toBe('OTHER');
  });

  it('goes through the proxy of the agent, or the one that is named', async () => {
    const requests: HttpRequest[] = [];
    const conf = '[web]\n    default port = 20000\n[global]\n    run as user = netdata\n[cloud]\n    proxy = http://agent:3128\n';
    const system = machine({ requests, files: { '/x/etc/netdata/netdata.conf': conf } });
    const url = new Secret('http://named:3128');
    const ways = [{ from: 'agent' }, { from: 'option', url }, { from: 'none' }, { from: 'environment' }] as const;
    for (const proxy of ways) await claimed(system, { proxy });
    expect(requests.map(({ proxy }) => (proxy instanceof Secret ? Secret.reveal(proxy) : proxy))).toEqual([
      'http://agent:3128',
      'http://named:3128',
      'none',
      undefined,
    ]);
  });

  it('writes a claim of an agent up to 1.21 beside its configuration, and no cloud.conf', async () => {
    const system = machine({});
    const context = stepContext(system);
    await createIdentity.run({ ...identity, generation: 'claim.d' }, context);
    await claimNode.run({ ...step, generation: 'claim.d' }, context);
    const names = await system.list('/x/etc/netdata/claim.d');
    expect(names).toEqual(['claimed_id', 'private.pem', 'public.pem', 'rooms']);
    expect(await system.readFile('/x/etc/netdata/claim.d/claimed_id')).toBe(guid);
  });

  it('gives an agent of cloud.d its URL, and says nothing to one that is not to be told', async () => {
    const told = machine({});
    await claimed(told);
    expect(told.calls).toContain('run /x/usr/sbin/netdatacli write-config cloud|global|cloud base url|https://cloud.example');
    const silent = machine({});
    const { said } = await claimed(silent, { tell: false });
    expect(silent.calls.filter((call) => call.includes('netdatacli'))).toEqual([]);
    expect(said).toContain('The agent takes the claim up when it starts.');
  });

  it('says with --claim-verbose what goes over the wire, without the token', async () => {
    const { said } = await claimed(machine({}), { verbose: true });
    expect(said.join('\n')).toContain('answered: status 204');
    expect(said.join('\n')).not.toContain('T0KEN');
  });

  it('says that the machine may be a copy, but not of one that is to have a new id', async () => {
    const files = {
      [`${cloudDirectory}/cloud.conf`]: '[global]\n  hostname = template\n',
      '/proc/sys/kernel/hostname': 'here\n',
    };
    expect((await claimed(machine({ files }))).said.join(' ')).toContain('when this machine was called template');
    expect((await claimed(machine({ files }), { id: 'new' })).said.join(' ')).not.toContain('template');
  });

  it('refuses a link in the place of one of its files, before the Cloud is asked', async () => {
    const system = machine({});
    system.place(`${cloudDirectory}/cloud.conf`, { link: '/etc/shadow' });
    await expect(claimNode.inspect(step, system)).rejects.toMatchObject({ code: 'HOST_PATH_TAKEN' });
  });

  it('sends nobody the file that a link in the place of the public key leads to', async () => {
    const requests: HttpRequest[] = [];
    const system = machine({ requests, files: { '/etc/shadow': 'root:secret' } });
    await createIdentity.run(identity, stepContext(system));
    await system.removeFile(`${cloudDirectory}/public.pem`);
    system.place(`${cloudDirectory}/public.pem`, { link: '/etc/shadow' });
    await expect(claimNode.run(step, stepContext(system))).rejects.toMatchObject({ code: 'HOST_PATH_TAKEN' });
    expect(requests).toEqual([]);
  });

  it('gives files back to whom they belonged', async () => {
    const file = { content: '[global]\n', mode: 0o660, owner: { userId: 300, groupId: 301 } };
    const system = machine({ files: { [`${cloudDirectory}/cloud.conf`]: file as never } });
    const undo = await claimNode.inspect(step, system);
    await claimed(system);
    if (undo === undefined) throw new Error('nothing to do');
    await claimNode.undo(undo, stepContext(system));
    expect(await system.stat(`${cloudDirectory}/cloud.conf`)).toMatchObject({ mode: 0o660, userId: 300, groupId: 301 });
  });

  it('can take back what a kickstart 0.1 has recorded', async () => {
    const system = machine({
      files: { [`${cloudDirectory}/claimed_id`]: 'new', '/state/cloud.conf': 'old', [`${cloudDirectory}/cloud.conf`]: 'new' },
    });
    await claimNode.undo({ root: '/x', cloudDirectory, backupDirectory: '/state', before: ['cloud.conf'] }, stepContext(system));
    expect(await system.readFile(`${cloudDirectory}/cloud.conf`)).toBe('old');
    expect(await system.stat(`${cloudDirectory}/claimed_id`)).toBeUndefined();
  });

  it('stores what was typed: rooms and names with any character', async () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((one) => !/[\p{Cc},]/u.test(one) && one.trim() === one);
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 4 }), text, async (rooms, hostname) => {
        const requests: HttpRequest[] = [];
        const system = machine({ requests });
        await claimed(system, { rooms, hostname });
        expect(bodyOf(requests[0])).toMatchObject({ rooms, node: { hostname } });
        expect(await system.readFile(`${cloudDirectory}/rooms`)).toBe(rooms.join(','));
      }),
      { numRuns: 30 },
    );
  });
});

function bodyOf(request: HttpRequest | undefined): unknown {
  return JSON.parse(revealed(request?.body) ?? '');
}
