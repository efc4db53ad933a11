import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { proxySilentAfter } from './agent-silent-proxy.ts';
import { admin, agentKeys, claim, newCloud, nodeView, room, type TestCloud, token } from './cloud/test-cloud.ts';
import {
  type AgentBuild,
  type AgentPlace,
  buildAgent,
  newPlace,
  newRoot,
  type RunningAgent,
  refusalOf,
  run,
  startAgent,
  withoutFetched,
} from './installed-agent.ts';

const claimId = '5f0d2a4e-6d0b-4f0a-9c5e-3b1f6a7c8d90';

/** An agent that others claim. */
interface Generation extends AgentBuild {
  library: string;
  /** Where its claim is, in its place. */
  state: string;
  notState: string;
  /** What it says of Cloud before anything is set. */
  enabled: boolean;
  /** In its netdata.conf, so that it wants to be in this Cloud. */
  settings(url: string): string;
  /** More of what /api/v1/info says when it is online. */
  says: Readonly<Record<string, unknown>>;
  /** Whether netdatacli knows the command. */
  commands: Readonly<Record<string, boolean>>;
  /** Answers of these pages. */
  pages: Readonly<Record<string, number>>;
}

const bundled = ['--enable-cloud', '--with-bundled-protobuf'];
const cloudOfFile = () => '';
const inCloudD = { state: 'lib/cloud.d', notState: 'claim.d', enabled: true, settings: cloudOfFile };

const generations: readonly Generation[] = [
  {
    ...{ version: 'v1.21.0', tool: 'autotools', options: ['--enable-cloud'], library: 'mosquitto' },
    ...{ state: 'claim.d', notState: 'lib/cloud.d', enabled: false },
    settings: (url) => `[global]\n    netdata cloud = enable\n[cloud]\n    cloud base url = ${url}\n`,
    says: {},
    commands: { ping: false, 'read-config': false, 'aclk-state': false, version: false },
    pages: { '/api/v1/aclk': 404, '/api/v2/info': 404, '/api/v3/info': 404 },
  },
  {
    ...{ version: 'v1.31.0', tool: 'autotools', options: ['--enable-cloud'], library: 'mosquitto' },
    ...inCloudD,
    says: { 'aclk-implementation': 'Legacy' },
    commands: { ping: true, 'read-config': true, 'aclk-state': false, version: false },
    pages: { '/api/v1/aclk': 404, '/api/v2/info': 404, '/api/v3/info': 404 },
  },
  {
    ...{ version: 'v1.34.0', tool: 'autotools', options: bundled, library: 'protobuf' },
    ...inCloudD,
    says: {
      'aclk-implementation': 'Next Generation',
      'aclk-ng-available': true,
      'aclk-ng-new-cloud-protocol': true,
      'aclk-legacy-available': false,
      'aclk-available-protocol': 'New',
    },
    commands: { ping: true, 'read-config': true, 'aclk-state': true, version: false },
    pages: { '/api/v1/aclk': 200, '/api/v2/info': 404, '/api/v3/info': 404 },
  },
  {
    ...{ version: 'v1.46.0', tool: 'cmake', options: [...withoutFetched, '-DENABLE_ACLK=On'], library: 'protobuf' },
    ...inCloudD,
    says: {},
    commands: { ping: true, 'read-config': true, 'aclk-state': true, version: true },
    pages: { '/api/v1/aclk': 200, '/api/v2/info': 200, '/api/v3/info': 404 },
  },
];

describe.each(generations)('the stand-in agent $version, which others claim', (generation) => {
  const { version, library, state, notState, enabled, settings, says, commands, pages } = generation;
  const root = installed(`${version} is built`, generation, library);
  if (root === undefined) return;
  const buildRoot = root;

  it('says that it is not claimed, and whether it wants Cloud', async () => {
    const agent = await startAgent(root());

    expect(await agent.info()).toMatchObject({
      version,
      'cloud-enabled': enabled,
      'cloud-available': true,
      'agent-claimed': false,
      'aclk-available': false,
    });
  });

  it(`goes online when there is a claim in ${state} and it is told to look`, async () => {
    const { agent, place } = await onlineAgent();

    expect(await agent.info()).toMatchObject({ 'cloud-enabled': true, 'agent-claimed': true, 'aclk-available': true, ...says });
    expect(await readdir(place.home)).not.toContain(notState);
  });

  it('has left the Cloud when the claim is gone and it is told to look', async () => {
    const { agent, place, cloud } = await onlineAgent();
    await rm(join(place.home, state), { recursive: true });

    expect(await agent.netdatacli('reload-claiming-state')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    await waitForInfo(agent, { 'agent-claimed': false, 'aclk-available': false });
    expect((await cloud.event('offline')).reason).toBe('graceful');
  });

  it('is still claimed, and online again, after a restart', async () => {
    const { agent, place, cloud } = await onlineAgent();
    await agent.stop();

    const again = await startAgent(root(), { SSL_CERT_FILE: cloud.caFile }, place);
    await waitForInfo(again, { 'agent-claimed': true, 'aclk-available': true });
  });

  it('knows the commands of its time', async () => {
    const agent = await startAgent(root());
    const help = (await agent.netdatacli('help')).stdout;

    for (const [command, known] of Object.entries(commands))
      expect([command, help.includes(`\n${command}`)]).toEqual([command, known]);
  });

  it('has the pages of its time', async () => {
    const agent = await startAgent(root());
    const statuses = await Promise.all(Object.keys(pages).map(async (path) => [path, (await agent.read(path)).status]));

    expect(Object.fromEntries(statuses)).toEqual(pages);
  });

  if (state === 'lib/cloud.d') {
    it('reads the address of the Cloud when it starts, and not when it is told to look', async () => {
      const place = await newPlace();
      const conf = join(place.home, 'lib/cloud.d/cloud.conf');
      await mkdir(join(place.home, 'lib/cloud.d'), { recursive: true });
      await writeFile(conf, '[global]\n  cloud base url = https://one.invalid\n');
      const agent = await startAgent(root(), {}, place);
      await writeFile(conf, '[global]\n  cloud base url = https://two.invalid\n');

      await agent.netdatacli('reload-claiming-state');
      const url = ['read-config', 'cloud|global|cloud base url'];
      expect((await agent.netdatacli(...url)).stdout).toBe('https://one.invalid\n');
      await agent.stop();
      const again = await startAgent(root(), {}, place);
      expect((await again.netdatacli(...url)).stdout).toBe('https://two.invalid\n');
    });
  }

  if (pages['/api/v2/info'] === 200) {
    it('tells in /api/v2/info how it stands with the Cloud', async () => {
      const unclaimed = await startAgent(root());
      expect(await cloudOf(unclaimed, 2)).toMatchObject({ status: 'available', reason: 'not_claimed', claim_id: null });

      const { agent, cloud } = await onlineAgent();
      expect(await cloudOf(agent, 2)).toMatchObject({
        id: 1,
        status: 'online',
        reason: 'connected',
        url: cloud.url,
        claim_id: claimId,
      });
    });
  }

  async function onlineAgent(): Promise<{ cloud: TestCloud; agent: RunningAgent; place: AgentPlace }> {
    const cloud = await newCloud();
    const place = await newPlace(settings(cloud.url));
    const directory = join(place.home, state);
    await mkdir(directory, { recursive: true });
    if (state === 'lib/cloud.d') {
      await writeFile(join(directory, 'cloud.conf'), `[global]\n  enabled = yes\n  cloud base url = ${cloud.url}\n`);
    }
    const agent = await startAgent(buildRoot(), { SSL_CERT_FILE: cloud.caFile }, place);
    const { uid } = await agent.info();
    expect((await claim(cloud, { mGUID: uid }, claimId)).status).toBe(204);
    await writeFile(join(directory, 'private.pem'), agentKeys.privateKey);
    await writeFile(join(directory, 'claimed_id'), claimId);
    expect(await agent.netdatacli('reload-claiming-state')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    await waitForInfo(agent, { 'agent-claimed': true, 'aclk-available': true });
    return { cloud, agent, place };
  }
});

describe('the stand-in agent v2.3.0, which claims itself', () => {
  const root = installed('is built', { version: 'v2.3.0', tool: 'cmake', options: withoutFetched }, 'protobuf');
  if (root === undefined) return;
  const online = 'Netdata Agent is claimed to Netdata Cloud and is currently online.\n';
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it('claims itself with claim.conf when it is told to look, and says how it is', async () => {
    const cloud = await newCloud();
    const place = await newPlace();
    const agent = await startAgent(root(), { SSL_CERT_FILE: cloud.caFile }, place);
    expect(await cloudOf(agent, 3)).toMatchObject({ status: 'available', reason: 'Agent is not claimed yet', claim_id: null });
    await writeClaimConf(place, cloud);

    expect(await agent.netdatacli('reload-claiming-state')).toEqual({ exitCode: 0, stdout: online, stderr: '' });
    const id = await stateFile(place, 'claimed_id');
    const { uid, mirrored_hosts: hosts, ...info } = await agent.info();
    expect(info).toMatchObject({ 'cloud-enabled': true, 'cloud-available': true, 'agent-claimed': true, 'aclk-available': true });
    expect(id).toMatch(uuid);
    expect(id).not.toBe(uid);
    expect(await stateFile(place, 'cloud.conf')).toBe(
      [
        '[global]',
        `    url = ${cloud.url}`,
        `    token = ${token}`,
        `    rooms = ${room}`,
        '    proxy = none',
        '    insecure = no',
        `    machine_guid = ${uid}`,
        `    claimed_id = ${id}`,
        `    hostname = ${String(hosts)}`,
        '',
      ].join('\n'),
    );
    expect(await stateFile(place, 'private.pem')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(await stateFile(place, 'public.pem')).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(await cloudOf(agent, 3)).toMatchObject({ status: 'online', reason: 'connected', url: cloud.url, claim_id: id });
    expect(await nodeView(cloud, id)).toMatchObject({ hostname: String(hosts), machineGuid: uid, rooms: [room] });
  });

  it('says after ten seconds that it is not claimed, when nothing says what with', async () => {
    const agent = await startAgent(root());

    expect(await agent.netdatacli('reload-claiming-state')).toEqual({
      exitCode: 0,
      stdout: 'Netdata Agent is not claimed to Netdata Cloud: Agent is not claimed yet\n',
      stderr: '',
    });
  });

  it('claims itself from its environment when it starts', async () => {
    const cloud = await newCloud();
    const agent = await startAgent(root(), {
      ...{ SSL_CERT_FILE: cloud.caFile, NETDATA_CLAIM_URL: cloud.url, NETDATA_CLAIM_TOKEN: token },
      ...{ NETDATA_CLAIM_ROOMS: room, NETDATA_CLAIM_PROXY: 'none' },
    });

    await waitForInfo(agent, { 'agent-claimed': true, 'aclk-available': true });
  });

  it('claims itself from the token and rooms files, and removes them', async () => {
    const cloud = await newCloud();
    const place = await newPlace();
    const directory = join(place.home, 'lib/cloud.d');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'token'), `${token}\n`);
    await writeFile(join(directory, 'rooms'), ` ${room} ,\n`);
    await writeFile(join(directory, 'cloud.conf'), `[global]\n  cloud base url = ${cloud.url}\n`);
    const agent = await startAgent(root(), { SSL_CERT_FILE: cloud.caFile, no_proxy: '*' }, place);

    await waitForInfo(agent, { 'agent-claimed': true, 'aclk-available': true });
    expect((await readdir(directory)).sort()).toEqual(['claimed_id', 'cloud.conf', 'private.pem', 'public.pem']);
  });

  it('trusts cloud_fullchain.pem for the claim, and not for the link', async () => {
    const cloud = await newCloud();
    const place = await newPlace();
    await writeClaimConf(place, cloud);
    await mkdir(join(place.home, 'lib/cloud.d'), { recursive: true });
    await writeFile(join(place.home, 'lib/cloud.d/cloud_fullchain.pem'), cloud.ca);
    const agent = await startAgent(root(), { SSL_CERT_FILE: '/dev/null' }, place);

    await waitForInfo(agent, { 'agent-claimed': true, 'aclk-available': false });
    await vi.waitFor(async () =>
      expect(await cloudOf(agent, 3)).toMatchObject({ status: 'offline', reason: '/env endpoint is unreachable' }),
    );
  });

  it('goes through the proxy of claim.conf, for the claim and then for the link', async () => {
    const cloud = await newCloud();
    const proxy = await proxySilentAfter(Number.POSITIVE_INFINITY);
    const place = await newPlace();
    await writeClaimConf(place, cloud, { proxy: proxy.url });
    const agent = await startAgent(root(), { SSL_CERT_FILE: cloud.caFile }, place);

    await waitForInfo(agent, { 'aclk-available': true });
    const asked = `CONNECT 127.0.0.1:${cloud.port} HTTP/1.1`;
    // The claim, the addresses, the challenge, the password, and the link itself.
    expect(proxy.seen).toEqual([asked, asked, asked, asked, asked]);
    await agent.stop();
  });

  const final = 1;
  const tried = 5;
  it.each<[string, object, string, number]>([
    ['403', { status: 403 }, 'Failed: token is expired, not found, or invalid', final],
    ['409', { status: 409 }, 'Failed: agent is already claimed', final],
    ['422 ErrInvalidNodeID', wrong('ErrInvalidNodeID'), 'Failed: the node id is invalid', final],
    ['422 ErrInvalidNodeName', wrong('ErrInvalidNodeName'), 'Failed: the node name is invalid', final],
    ['422 ErrInvalidRoomID', wrong('ErrInvalidRoomID'), 'Failed: one or more room ids are invalid', final],
    ['422 ErrInvalidPublicKey', wrong('ErrInvalidPublicKey'), 'Failed: the public key is invalid', final],
    ['422 with another key', wrong('ErrOther'), "Failed with description 'ErrOther'", final],
    ['422 without a key', { status: 422, body: {} }, 'Failed with a response code 422', final],
    ['422 that is a page', { status: 422, body: '<html>' }, 'Failed with a response code 422', final],
    ['422 without a body', { status: 422 }, 'Failed with an empty response, code 422', final],
    ['500', { status: 500 }, 'Failed: received Internal Server Error', tried],
    ['503', { status: 503 }, 'Failed: Netdata Cloud is unavailable', tried],
    ['504', { status: 504 }, 'Failed: Gateway Timeout', tried],
    ['200', { status: 200 }, 'Failed with response code 200', tried],
  ])('gives the reason for the answer %s', async (_, answer, reason, requests) => {
    const cloud = await newCloud();
    await admin(cloud, 'PUT', 'misbehaviour', { endpoint: 'claim', ...answer });
    const place = await newPlace();
    await writeClaimConf(place, cloud);
    const agent = await startAgent(root(), { SSL_CERT_FILE: cloud.caFile }, place);

    const claims = () =>
      cloud.events.flatMap((event) => (event.kind === 'request' && event.method === 'PUT' ? [event.path] : []));
    const claimsOfAgent = () => claims().filter((path) => path.startsWith('/api/v1/spaces/nodes/'));
    await vi.waitFor(() => expect(claimsOfAgent()).toHaveLength(requests), { timeout: 10_000 });
    await vi.waitFor(async () => expect(await cloudOf(agent, 3)).toMatchObject({ status: 'available', reason }));
    // A new id for each.
    expect(new Set(claimsOfAgent()).size).toBe(requests);
    expect(await readdir(join(place.home, 'lib/cloud.d'))).not.toContain('claimed_id');
  });

  it('tells what it tried with when the Cloud cannot be reached, but not the password of the proxy', async () => {
    const place = await newPlace();
    await writeFile(
      join(place.home, 'claim.conf'),
      `[global]\n  url = https://127.0.0.1:9\n  token = ${token}\n  proxy = http://user:canary@127.0.0.1:9\n`,
    );
    const agent = await startAgent(root(), {}, place);

    await vi.waitFor(async () =>
      expect(await cloudOf(agent, 3)).toMatchObject({
        reason: [
          'Request failed with error: Could not connect to server',
          "proxy: 'http://X:X@127.0.0.1:9',",
          'insecure: false,',
          `public key file: '${place.home}/lib/cloud.d/public.pem',`,
          "trusted key file: 'none'",
        ].join('\n'),
      }),
    );
    expect(await readFile(join(place.home, 'log/error.log'), 'utf8')).not.toContain('canary');
  });

  it('does not forget its claim before it is started again without it', async () => {
    const cloud = await newCloud();
    const place = await newPlace();
    await writeClaimConf(place, cloud);
    const agent = await startAgent(root(), { SSL_CERT_FILE: cloud.caFile }, place);
    await waitForInfo(agent, { 'aclk-available': true });
    await rm(join(place.home, 'lib/cloud.d'), { recursive: true });
    await rm(join(place.home, 'claim.conf'));

    expect((await agent.netdatacli('reload-claiming-state')).stdout).toBe(online);
    await agent.stop();
    const again = await startAgent(root(), { SSL_CERT_FILE: cloud.caFile }, place);
    expect(await again.info()).toMatchObject({ 'agent-claimed': false, 'aclk-available': false });
  });

  it('claims itself anew when only its state is gone', async () => {
    const cloud = await newCloud();
    const place = await newPlace();
    await writeClaimConf(place, cloud);
    const agent = await startAgent(root(), { SSL_CERT_FILE: cloud.caFile }, place);
    await waitForInfo(agent, { 'aclk-available': true });
    const id = await stateFile(place, 'claimed_id');
    await agent.stop();
    await rm(join(place.home, 'lib/cloud.d'), { recursive: true });

    const again = await startAgent(root(), { SSL_CERT_FILE: cloud.caFile }, place);
    await waitForInfo(again, { 'aclk-available': true });
    expect(await stateFile(place, 'claimed_id')).not.toBe(id);
  });

  it('has a script that says it is of the new method, writes claim.conf and tells the agent', async () => {
    const cloud = await newCloud();
    const place = await newPlace();
    const agent = await startAgent(root(), { SSL_CERT_FILE: cloud.caFile }, place);
    const script = join(root(), 'installed/usr/sbin/netdata-claim.sh');
    expect(await readFile(script, 'utf8')).toContain('%%NEW_CLAIMING_METHOD%%');

    const variables = {
      ...process.env,
      NETDATA_PIPENAME: join(place.home, 'netdata.pipe'),
      NETDATA_CLAIM_CONFIG_DIR: place.home,
      NETDATA_CLAIM_CONFIG_GROUP: String(process.getgid?.()),
    };
    const words = [`-token=${token}`, `-rooms=${room}`, `-url=${cloud.url}`, '-noproxy', '-verbose'];
    expect(await run([script, ...words], { variables })).toMatchObject({ exitCode: 0, stdout: online });
    expect(await readFile(join(place.home, 'claim.conf'), 'utf8')).toBe(
      `[global]\n    url = ${cloud.url}\n    token = ${token}\n    rooms = ${room}\n    proxy = none\n`,
    );
    expect(await agent.info()).toMatchObject({ 'aclk-available': true });
    expect(await run([script], { variables })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/ERROR: Claim token must be specified\n$/),
    });
  });

  it('ends when it is told to while the Cloud does not answer its claim', async () => {
    const cloud = await newCloud();
    await admin(cloud, 'PUT', 'misbehaviour', { endpoint: 'claim', hang: true });
    const proxy = await proxySilentAfter(0);
    const place = await newPlace();
    await writeClaimConf(place, cloud, { proxy: proxy.url });
    const agent = await startAgent(root(), { SSL_CERT_FILE: cloud.caFile }, place);
    await proxy.silent;

    expect(await agent.stop()).toBe(0);
    expect(await readFile(join(place.home, 'log/error.log'), 'utf8')).toMatch(/netdata ended\.\n$/);
  });
});

function wrong(errorMsgKey: string): object {
  return { status: 422, body: { errorCode: 'E', errorMsgKey, errorMessage: 'm' } };
}

/** Builds once for a describe. Undefined, with a test that says why, where it cannot be built. */
function installed(sentence: string, build: AgentBuild, library: string): (() => string) | undefined {
  const refusal = refusalOf(library);
  if (refusal !== undefined) {
    it.skip(`${sentence} (SKIPPED: ${refusal})`);
    return undefined;
  }
  let root: string;
  beforeAll(async () => {
    root = await newRoot();
    const { configure, make, install } = await buildAgent(root, { ...build, libraries: inject('testLibraries').directory ?? '' });
    expect(configure).toMatchObject({ exitCode: 0, stderr: '' });
    expect(make).toMatchObject({ exitCode: 0, stderr: '' });
    expect(install.exitCode).toBe(0);
  });
  afterAll(() => rm(root, { recursive: true }));
  return () => root;
}

async function writeClaimConf({ home }: AgentPlace, { url }: TestCloud, { proxy = 'none' } = {}): Promise<void> {
  await writeFile(
    join(home, 'claim.conf'),
    `[global]\n  url = ${url}\n  token = ${token}\n  rooms = ${room}\n  proxy = ${proxy}\n`,
  );
}

function stateFile({ home }: AgentPlace, name: string): Promise<string> {
  return readFile(join(home, 'lib/cloud.d', name), 'utf8');
}

async function cloudOf(agent: RunningAgent, api: 2 | 3): Promise<unknown> {
  // The cast: the stand-in agent's own answer.
  const { agents } = (await (await agent.read(`/api/v${api}/info`)).json()) as { agents: { cloud: unknown }[] };
  return agents[0]?.cloud;
}

function waitForInfo(agent: RunningAgent, wanted: Readonly<Record<string, unknown>>): Promise<void> {
  return vi.waitFor(async () => expect(await agent.info()).toMatchObject(wanted), { timeout: 10_000, interval: 20 });
}
