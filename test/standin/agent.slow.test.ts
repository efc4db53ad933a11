import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { startCloud } from '../../src/standin/cloud/server.ts';
import { serveProxy, serveSocks } from '../support/loopback-server.ts';
import { admin, agentKeys, claim, newCloud, nodeView, type TestCloud } from './cloud/test-cloud.ts';
import { buildAgent, newRoot, type RunningAgent, startAgent } from './installed-agent.ts';

const claimId = '5f0d2a4e-6d0b-4f0a-9c5e-3b1f6a7c8d90';
const libraries = inject('testLibraries');

const builds = [
  { version: 'v1.31.0', options: ['--enable-cloud'], library: 'mosquitto', missing: 'libmosquitto, libwebsockets, JSON-C' },
  {
    version: 'v1.34.0',
    options: ['--enable-cloud', '--with-bundled-protobuf'],
    library: 'protobuf',
    missing: 'JSON-C, protobuf, protoc',
  },
];

// The machine of the test may have libraries that the agent would take.
const nothingOfTheSystem = { PKG_CONFIG: 'none', PROTOC: 'none' };

describe('the stand-in agent without Cloud', () => {
  let root: string;
  let build: Awaited<ReturnType<typeof buildAgent>>;

  beforeAll(async () => {
    root = await newRoot();
    build = await buildAgent(root, { version: 'v1.31.0', options: ['--disable-cloud'] });
  });
  afterAll(() => rm(root, { recursive: true }));

  it('is built without a warning', () => {
    expect(build.configure.exitCode).toBe(0);
    expect(build.configure.stdout).toContain('Netdata Cloud: off, as asked for');
    expect(build.make).toMatchObject({ exitCode: 0, stderr: '' });
    expect(build.install.exitCode).toBe(0);
  });

  it('says in its information that it has no Cloud and is a stand-in', async () => {
    const agent = await startAgent(root);

    expect(await agent.info()).toMatchObject({
      version: 'v1.31.0',
      uid: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      standin: true,
      'cloud-enabled': false,
      'cloud-available': false,
      'agent-claimed': false,
      'aclk-available': false,
    });
  });

  it.each([
    ['ping', 0, 'pong\n', ''],
    ['version', 0, 'netdata v1.31.0\n', ''],
    ['reload-claiming-state', 1, '', 'This agent cannot be claimed, it was built without support for Cloud\n'],
    ['make-coffee', 1, '', 'Illegal command. Please type "help" for instructions.\n'],
  ])('answers netdatacli %s with exit code %i', async (command, exitCode, stdout, stderr) => {
    const agent = await startAgent(root);

    expect(await agent.netdatacli(command)).toEqual({ exitCode, stdout, stderr });
  });

  it('ends when it is told to, and netdatacli says so', async () => {
    const agent = await startAgent(root);

    expect(await agent.stop()).toBe(0);
    expect(await agent.netdatacli('ping')).toEqual({
      exitCode: 255,
      stdout: '',
      stderr: 'uv_pipe_connect(): no such file or directory\nMake sure the netdata service is running.\n',
    });
  });

  it.each(builds)('cannot be configured as $version when Cloud is required and the libraries are not there', async (build) => {
    const without = await newRoot();
    const { configure } = await buildAgent(without, { ...build, environment: nothingOfTheSystem }).finally(() =>
      rm(without, { recursive: true }),
    );

    expect(configure.exitCode).toBe(1);
    expect(configure.stderr).toBe(
      `configure: error: Netdata Cloud is required (--enable-cloud), but these are missing: ${build.missing}.\n`,
    );
  });

  it.each(builds)(
    'is built without Cloud as $version when the libraries are not there and Cloud is not required',
    async (build) => {
      const without = await newRoot();
      const { configure, make } = await buildAgent(without, { ...build, options: [], environment: nothingOfTheSystem }).finally(
        () => rm(without, { recursive: true }),
      );

      expect(configure.stdout).toContain(`\nNetdata Cloud: off, because these are missing: ${build.missing}\n`);
      expect(make).toMatchObject({ exitCode: 0, stderr: '' });
    },
  );
});

/** Why an agent with this library cannot be built here; nothing when it can. */
function refusalOf(library: string): string | undefined {
  if (libraries.directory === undefined) return libraries.refusal;
  return existsSync(join(libraries.directory, library)) ? undefined : `${library} is not among the libraries of the tests`;
}

describe.each(builds)('the stand-in agent $version with Cloud', ({ version, options, library }) => {
  const refusal = refusalOf(library);
  if (refusal !== undefined) {
    it.skip(`is built (SKIPPED: ${refusal})`);
    return;
  }
  let root: string;

  beforeAll(async () => {
    root = await newRoot();
    const { configure, make, install } = await buildAgent(root, { version, options, libraries: libraries.directory ?? '' });
    expect(configure).toMatchObject({ exitCode: 0, stderr: '' });
    expect(make).toMatchObject({ exitCode: 0, stderr: '' });
    expect(install.exitCode).toBe(0);
  });
  afterAll(() => rm(root, { recursive: true }));

  it('comes online when the claim is on disk and it is told to look', async () => {
    const { cloud, agent } = await onlineAgent(root);

    await vi.waitFor(async () => expect(await nodeView(cloud, claimId)).toHaveProperty('information.version', version));
    const query = await admin(cloud, 'POST', `nodes/${claimId}/query`, { path: '/api/v1/info' });
    expect(JSON.parse(JSON.parse(query.body).body)).toMatchObject({ standin: true, 'aclk-available': true });
    expect((await agent.netdatacli('aclk-state')).stdout).toMatch(/^Online: Yes$/m);
    expect(await cloud.event('online')).toMatchObject({ mqttLevel: 5 });
  });

  it('says goodbye before it ends', async () => {
    const { cloud, agent } = await onlineAgent(root);

    expect(await agent.stop()).toBe(0);
    expect((await cloud.event('offline')).reason).toBe('graceful');
  });

  it('is back after the connection breaks', async () => {
    const { cloud, agent } = await onlineAgent(root);

    await admin(cloud, 'POST', `nodes/${claimId}/disconnect`, { abrupt: true });
    await vi.waitFor(() => expect(cloud.events.filter(({ kind }) => kind === 'online')).toHaveLength(2), { timeout: 10_000 });
    await waitForInfo(agent, { 'aclk-available': true });
  });

  it('is back after the Cloud restarts', async () => {
    const { cloud, agent } = await onlineAgent(root);

    await cloud.close();
    await waitForInfo(agent, { 'aclk-available': false });
    const { port, dataDirectory } = cloud;
    const again = await startCloud({ host: '127.0.0.1', port, dataDirectory, onEvent: () => undefined });
    onTestFinished(() => again.close());
    await waitForInfo(agent, { 'aclk-available': true });
  });

  it('goes away and comes back as the Cloud asks', async () => {
    const { cloud } = await onlineAgent(root);

    await admin(cloud, 'POST', `nodes/${claimId}/disconnect`, { reconnectAfterSeconds: 1 });
    await vi.waitFor(() => expect(cloud.events.filter(({ kind }) => kind === 'online')).toHaveLength(2), { timeout: 10_000 });
    expect((await cloud.event('offline')).reason).toBe('graceful');
  });

  it('leaves its will when it is killed', async () => {
    const { cloud, agent } = await onlineAgent(root);

    await agent.kill();
    expect((await cloud.event('offline')).reason).toBe('will');
    expect(cloud.events).toContainEqual({ kind: 'will', id: claimId });
  });

  it.each([
    ['HTTP', 'http_proxy', serveProxy, 'CONNECT 127.0.0.1:'],
    ['SOCKS5', 'socks_proxy', serveSocks, '127.0.0.1'],
  ])('goes through the %s proxy of the environment for every connection', async (_, variable, proxyTo, asked) => {
    const cloud = await newCloud();
    const proxy = await proxyTo(cloud.url);
    const agent = await startAgent(root, { SSL_CERT_FILE: cloud.caFile, [variable]: proxy.url });
    await claimOnDisk(cloud, agent);

    await agent.netdatacli('reload-claiming-state');
    await waitForInfo(agent, { 'aclk-available': true }).finally(() => agent.stop());
    // For the addresses, the challenge, the password, and the link itself.
    expect(proxy.seen.map((place) => place.slice(0, asked.length))).toEqual([asked, asked, asked, asked]);
  });

  it('leaves the Cloud when the claim is taken away and it is told to look', async () => {
    const { cloud, agent } = await onlineAgent(root);

    await rm(agent.cloudDirectory, { recursive: true });
    expect(await agent.netdatacli('reload-claiming-state')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    await waitForInfo(agent, { 'agent-claimed': false, 'aclk-available': false });
    expect((await cloud.event('offline')).reason).toBe('graceful');
  });

  it('stays offline when it does not trust the certificate', async () => {
    const cloud = await newCloud();
    const agent = await startAgent(root, { SSL_CERT_FILE: '/dev/null' });
    await claimOnDisk(cloud, agent);

    await agent.netdatacli('reload-claiming-state');
    await vi.waitFor(async () => expect((await agent.netdatacli('aclk-state')).stdout).toMatch(/^Last Backoff: 1\./m));
    expect(await agent.info()).toMatchObject({ 'agent-claimed': true, 'aclk-available': false });
    expect(await agentLog(agent)).toContain('unable to get local issuer certificate');
  });
});

async function onlineAgent(root: string): Promise<{ cloud: TestCloud; agent: RunningAgent }> {
  const cloud = await newCloud();
  const agent = await startAgent(root, { SSL_CERT_FILE: cloud.caFile });
  await claimOnDisk(cloud, agent);
  expect(await agent.netdatacli('reload-claiming-state')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  await waitForInfo(agent, { 'agent-claimed': true, 'aclk-available': true });
  return { cloud, agent };
}

async function claimOnDisk(cloud: TestCloud, agent: RunningAgent): Promise<void> {
  const { uid } = await agent.info();
  expect((await claim(cloud, { mGUID: uid }, claimId)).status).toBe(204);
  await mkdir(agent.cloudDirectory, { recursive: true });
  await writeFile(join(agent.cloudDirectory, 'private.pem'), agentKeys.privateKey);
  await writeFile(join(agent.cloudDirectory, 'claimed_id'), claimId);
  await writeFile(join(agent.cloudDirectory, 'cloud.conf'), `[global]\n  enabled = yes\n  cloud base url = ${cloud.url}\n`);
}

function waitForInfo(agent: RunningAgent, wanted: Readonly<Record<string, unknown>>): Promise<void> {
  return vi.waitFor(async () => expect(await agent.info()).toMatchObject(wanted), { timeout: 10_000, interval: 20 });
}

function agentLog(agent: RunningAgent): Promise<string> {
  return readFile(join(agent.cloudDirectory, '../../log/error.log'), 'utf8');
}
