import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { admin, agentKeys, claim, newCloud, nodeView, type TestCloud } from './cloud/test-cloud.ts';
import { buildAgent, newRoot, type RunningAgent, startAgent } from './installed-agent.ts';

const claimId = '5f0d2a4e-6d0b-4f0a-9c5e-3b1f6a7c8d90';
const libraries = inject('testLibraries');

describe('the stand-in agent without Cloud', () => {
  let root: string;
  let build: Awaited<ReturnType<typeof buildAgent>>;

  beforeAll(async () => {
    root = await newRoot();
    build = await buildAgent(root, '--disable-cloud');
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

  it('cannot be configured when Cloud is required and the libraries are not there', async () => {
    const without = await newRoot();
    const { configure } = await buildAgent(without, '--enable-cloud').finally(() => rm(without, { recursive: true }));

    expect(configure.exitCode).toBe(1);
    expect(configure.stderr).toMatch(/^configure: error: Netdata Cloud is required .* libmosquitto, libwebsockets, JSON-C\.$/m);
  });
});

const skipped = libraries.refusal === undefined ? '' : ` (SKIPPED: ${libraries.refusal})`;

describe.skipIf(libraries.refusal !== undefined)(`the stand-in agent with Cloud${skipped}`, () => {
  let root: string;

  beforeAll(async () => {
    root = await newRoot();
    const { configure, make, install } = await buildAgent(root, '--enable-cloud', libraries.directory);
    expect(configure).toMatchObject({ exitCode: 0, stderr: '' });
    expect(make).toMatchObject({ exitCode: 0, stderr: '' });
    expect(install.exitCode).toBe(0);
  });
  afterAll(() => rm(root, { recursive: true }));

  it('comes online when the claim is on disk and it is told to look', async () => {
    const { cloud, agent } = await onlineAgent(root);

    await vi.waitFor(async () => expect(await nodeView(cloud, claimId)).toHaveProperty('information.version', 'v1.31.0'));
    const query = await admin(cloud, 'POST', `nodes/${claimId}/query`, { path: '/api/v1/info' });
    expect(JSON.parse(JSON.parse(query.body).body)).toMatchObject({ standin: true, 'aclk-available': true });
    expect((await agent.netdatacli('aclk-state')).stdout).toMatch(/^Online: Yes$/m);
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
