import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { startCloud } from '../../src/standin/cloud/server.ts';
import { serveProxy, serveSocks } from '../support/loopback-server.ts';
import { proxySilentAfter } from './agent-silent-proxy.ts';
import { admin, agentKeys, claim, newCloud, nodeView, type TestCloud } from './cloud/test-cloud.ts';
import {
  type AgentBuild,
  buildAgent,
  newRoot,
  programWithout,
  type RunningAgent,
  refusalOf,
  startAgent,
  withoutFetched,
} from './installed-agent.ts';

const claimId = '5f0d2a4e-6d0b-4f0a-9c5e-3b1f6a7c8d90';
const libraries = inject('testLibraries');

/** One with a link, or a tool, of its own. */
interface Version extends AgentBuild {
  /** What makes it refuse to be built without Cloud. */
  require: readonly string[];
  /** The one that most of its kind do not need. */
  library: string;
  /** What is said when no library is there. */
  missing: string;
  /** Those that its link gets through. */
  proxies: readonly (readonly [string, Proxy])[];
  /** Those that it does not, and what its log says then. */
  closedProxies: readonly (readonly [string, Proxy, string])[];
}

interface Proxy {
  variable: string;
  proxyTo(target: string): Promise<{ url: string; seen: readonly string[] }>;
  /** How what it saw begins, for each connection. */
  asked: string;
}

const asked = 'CONNECT 127.0.0.1:';
const http = ['HTTP', { variable: 'http_proxy', proxyTo: () => proxySilentAfter(Number.POSITIVE_INFINITY), asked }] as const;
const http10 = ['HTTP/1.0', { variable: 'http_proxy', proxyTo: serveProxy, asked }] as const;
const socks = ['SOCKS5', { variable: 'http_proxy', proxyTo: serveSocks, asked: '127.0.0.1' }] as const;

const v131: Version = {
  ...{ version: 'v1.31.0', tool: 'autotools', options: [], require: ['--enable-cloud'], library: 'mosquitto' },
  missing: 'libmosquitto, libwebsockets, JSON-C',
  // Not SOCKS5: libwebsockets 4.1.6 takes what it reads at once for the whole answer, and this proxy's comes in two pieces.
  proxies: [http, http10],
  closedProxies: [],
};
const v134: Version = {
  ...{ version: 'v1.34.0', tool: 'autotools', options: [], require: ['--enable-cloud', '--with-bundled-protobuf'] },
  ...{ library: 'protobuf', missing: 'JSON-C, protobuf, protoc', proxies: [http] },
  closedProxies: [
    [...http10, 'it did not answer CONNECT with 200 OK'],
    [...socks, 'SOCKS5 proxy is not supported by ACLK-NG yet.'],
  ],
};
const v146: Version = {
  ...{ version: 'v1.46.0', tool: 'cmake', options: withoutFetched, require: withoutFetched },
  ...{ library: 'protobuf', missing: '', proxies: [http, http10, socks], closedProxies: [] },
};
const v210: Version = { ...v146, version: 'v2.10.0' };

// The machine of the test may have libraries that the agent would take.
async function nothingOfTheSystem(root: string): Promise<Record<string, string>> {
  return { PKG_CONFIG: await programWithout(['json-c', 'protobuf'], 'pkg-config', root), PROTOC: 'none' };
}

describe('the stand-in agent without Cloud', () => {
  let root: string;
  let build: Awaited<ReturnType<typeof buildAgent>>;

  beforeAll(async () => {
    root = await newRoot();
    build = await buildAgent(root, { ...v131, options: ['--disable-cloud'] });
  });
  afterAll(() => rm(root, { recursive: true }));

  it('is built without a warning', () => {
    expect(build.configure.stderr).toBe('');
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
    // As agents before 1.38.
    ['version', 1, '', 'Illegal command. Please type "help" for instructions.\n'],
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

  it.each([v131, v134])(
    'cannot be configured as $version when Cloud is required and the libraries are not there',
    async (build) => {
      const without = await newRoot();
      const { configure } = await buildAgent(without, {
        ...build,
        options: build.require,
        environment: await nothingOfTheSystem(without),
      }).finally(() => rm(without, { recursive: true }));

      expect(configure.exitCode).toBe(1);
      expect(configure.stderr).toMatch(/Netdata Cloud is required/);
      expect(configure.stderr).toContain(`, but these are missing: ${build.missing}`);
    },
  );

  it.each([v131, v134])(
    'is built without Cloud as $version when the libraries are not there and Cloud is not required',
    async (build) => {
      const without = await newRoot();
      const { configure, make, install } = await buildAgent(without, {
        ...build,
        environment: await nothingOfTheSystem(without),
      }).finally(() => rm(without, { recursive: true }));

      expect(configure.stdout).toContain(`Netdata Cloud: off, because these are missing: ${build.missing}`);
      expect(make).toMatchObject({ exitCode: 0, stderr: '' });
      expect(install.exitCode).toBe(0);
    },
  );

  // The order and the words that count are those of configure.ac and CMakeLists.txt.
  const linked = (word: string) => async (root: string) => ({ CC: await programWithout([word], 'cc', root) });
  const packaged = (word: string) => async (root: string) => ({ PKG_CONFIG: await programWithout([word], 'pkg-config', root) });
  it.each([
    ['v1.31.0', 'libuv', linked('-luv'), "libuv required but not found. Try installing 'libuv1-dev' or 'libuv-devel'."],
    ['v1.31.0', 'zlib', packaged('zlib'), "zlib required but not found. Try installing 'zlib1g-dev' or 'zlib-devel'."],
    ['v1.37.1', 'libuuid', packaged('uuid'), "libuuid required but not found. Try installing 'uuid-dev' or 'libuuid-devel'."],
    ['v1.37.1', 'LZ4', linked('-llz4'), "liblz4 required but not found. Try installing 'liblz4-dev' or 'lz4-devel'."],
    ['v1.44.3', 'OpenSSL', linked('-lssl'), "OpenSSL required but not found. Try installing 'libssl-dev' or 'openssl-devel'."],
    ['v1.44.3', 'libyaml', linked('-lyaml'), "LIBYAML required but not found. Try installing 'libyaml-dev'."],
  ])('cannot be configured as %s without %s, with or without Cloud', async (version, _, environment, words) => {
    const without = await newRoot();
    onTestFinished(() => rm(without, { recursive: true }));
    const { configure } = await buildAgent(without, {
      ...{ version, tool: 'autotools', options: ['--disable-cloud'], environment: await environment(without) },
    });
    expect(configure).toMatchObject({ exitCode: 1, stderr: `configure: error: ${words}\n` });
  });

  it.each([
    ['v1.45.0', 'zlib', 'zlib', 'The required library zlib was not found'],
    ['v2.10.4', 'libcurl', 'libcurl >= 7.21', 'The required library libcurl>=7.21 was not found'],
    ['v2.10.4', 'libuv', 'libuv', 'The required library libuv was not found'],
    ['v2.10.4', 'JSON-C', 'json-c >= 0.14', 'JSON-C was not found'],
    ['v2.10.4', 'protobuf', 'protobuf >= 3', 'protobuf was not found'],
  ])('cannot be configured by CMake as %s without %s', async (version, _, module, words) => {
    const { configure } = await byCmake(version, withoutFetched, libraries.directory, (root) =>
      programWithout([module], 'pkg-config', root),
    );
    expect(configure.exitCode).toBe(1);
    expect(configure.stderr.replaceAll(/\s+/g, ' ')).toContain(words);
  });

  it.each([
    ['v2.3.0', 'GO', 'ENABLE_PLUGIN_GO is on'],
    ['v2.10.4', 'OTEL', 'ENABLE_PLUGIN_OTEL is on: an agent fetches Corrosion, for Rust now'],
    ['v2.10.4', 'EBPF', 'ENABLE_PLUGIN_EBPF is on: an agent fetches libbpf and the eBPF programs now'],
  ])('cannot be configured as %s with the switch of %s at its default, because that is fetched', async (version, name, words) => {
    const { configure } = await byCmake(
      version,
      withoutFetched.filter((option) => option !== `-DENABLE_PLUGIN_${name}=Off`),
      libraries.directory,
    );
    expect(configure.exitCode).toBe(1);
    expect(configure.stderr.replaceAll(/\s+/g, ' ')).toContain(words);
  });

  it.skipIf(libraries.directory === undefined)('is built without Cloud by CMake when that is asked for', async () => {
    const { configure } = await byCmake('v1.46.0', [...withoutFetched, '-DENABLE_ACLK=Off'], libraries.directory);

    expect(configure.stdout).toContain('Netdata Cloud: off, as asked for');
  });

  it('is built by CMake from 1.45 on, and by configure before, and says so', async () => {
    const wrong = await newRoot();
    const byConfigure = await buildAgent(wrong, { ...v146, tool: 'autotools' }).finally(() => rm(wrong, { recursive: true }));
    const byCmake = await buildAgent(wrong, { ...v134, tool: 'cmake' }).finally(() => rm(wrong, { recursive: true }));

    expect(byConfigure.configure.stderr).toBe('configure: error: netdata v1.46.0 is built with CMake: cmake -S . -B build.\n');
    expect(byCmake.configure.stderr).toContain('netdata v1.34.0 is built with ./configure and make.');
  });
});

describe.each([v131, v134, v210])(
  'the stand-in agent $version with Cloud',
  ({ version, tool, require, library, proxies, closedProxies }) => {
    const refusal = refusalOf(library);
    if (refusal !== undefined) {
      it.skip(`is built (SKIPPED: ${refusal})`);
      return;
    }
    let root: string;

    beforeAll(async () => {
      root = await newRoot();
      const { configure, make, install } = await buildAgent(root, {
        ...{ version, tool, options: require, libraries: libraries.directory ?? '' },
      });
      expect(configure).toMatchObject({ exitCode: 0, stderr: '' });
      expect(make).toMatchObject({ exitCode: 0, stderr: '' });
      expect(install.exitCode).toBe(0);
    });
    afterAll(() => rm(root, { recursive: true }));

    it('comes online when the claim is on disk and it is told to look', async () => {
      const { cloud } = await onlineAgent(root);

      await vi.waitFor(async () => expect(await nodeView(cloud, claimId)).toHaveProperty('information.version', version));
      const query = await admin(cloud, 'POST', `nodes/${claimId}/query`, { path: '/api/v1/info' });
      expect(JSON.parse(JSON.parse(query.body).body)).toMatchObject({ standin: true, 'aclk-available': true });
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

    it.each(proxies)(
      'goes through the %s proxy of the environment for every connection',
      async (_, { variable, proxyTo, asked }) => {
        const cloud = await newCloud();
        const proxy = await proxyTo(cloud.url);
        const agent = await startAgent(root, { SSL_CERT_FILE: cloud.caFile, [variable]: proxy.url });
        await claimOnDisk(cloud, agent);

        await tellOfClaim(cloud, agent);
        await waitForInfo(agent, { 'aclk-available': true }).finally(() => agent.stop());
        // For the addresses, the challenge, the password, and the link itself.
        expect(proxy.seen.map((place) => place.slice(0, asked.length))).toEqual([asked, asked, asked, asked]);
      },
    );

    if (closedProxies.length > 0) {
      it.each(closedProxies)('does not get through the %s proxy, and says why', async (_, { variable, proxyTo }, why) => {
        const cloud = await newCloud();
        const proxy = await proxyTo(cloud.url);
        const agent = await startAgent(root, { SSL_CERT_FILE: cloud.caFile, [variable]: proxy.url });
        await claimOnDisk(cloud, agent);

        await tellOfClaim(cloud, agent);
        await vi.waitFor(async () => expect(await agentLog(agent)).toContain(why));
        expect(await agent.info()).toMatchObject({ 'agent-claimed': true, 'aclk-available': false });
      });
    }

    it.each([
      ['the first request', 0],
      ['the WebSocket', 3],
    ])('ends when it is told to while the Cloud does not answer %s', async (_, passed) => {
      const cloud = await newCloud();
      const proxy = await proxySilentAfter(passed);
      const agent = await startAgent(root, { SSL_CERT_FILE: cloud.caFile, http_proxy: proxy.url });
      await claimOnDisk(cloud, agent);
      const told = tellOfClaim(cloud, agent);
      await proxy.silent;

      expect(await agent.stop()).toBe(0);
      await told;
      // And not "Part of the agent did not end in time".
      expect(await agentLog(agent)).toMatch(/netdata ended\.\n$/);
    });

    it('stays offline when it does not trust the certificate', async () => {
      const cloud = await newCloud();
      const agent = await startAgent(root, { SSL_CERT_FILE: '/dev/null' });
      await claimOnDisk(cloud, agent);

      const told = tellOfClaim(cloud, agent);
      await vi.waitFor(async () => expect(await agentLog(agent)).toContain('Wait before attempting to reconnect in 1.'));
      expect(await agent.info()).toMatchObject({ 'agent-claimed': true, 'aclk-available': false });
      expect(await agentLog(agent)).toContain('unable to get local issuer certificate');
      await agent.stop();
      await told;
    });
  },
);

/** Only configured: whoever asks wants to know whether it can be. */
async function byCmake(
  version: string,
  options: readonly string[],
  directory: string | undefined,
  pkgConfig?: (root: string) => Promise<string>,
): ReturnType<typeof buildAgent> {
  const root = await newRoot();
  onTestFinished(() => rm(root, { recursive: true }));
  const environment = pkgConfig === undefined ? {} : { PKG_CONFIG: await pkgConfig(root) };
  return buildAgent(root, {
    ...{ version, tool: 'cmake', options, environment, configureOnly: true },
    ...(directory === undefined ? {} : { libraries: directory }),
  });
}

async function onlineAgent(root: string): Promise<{ cloud: TestCloud; agent: RunningAgent }> {
  const cloud = await newCloud();
  const agent = await startAgent(root, { SSL_CERT_FILE: cloud.caFile });
  await claimOnDisk(cloud, agent);
  await tellOfClaim(cloud, agent);
  await waitForInfo(agent, { 'agent-claimed': true, 'aclk-available': true });
  return { cloud, agent };
}

/** As the claiming script does: agents before 2.0 read the address of the Cloud only when they start. */
async function tellOfClaim(cloud: TestCloud, agent: RunningAgent): Promise<void> {
  await agent.netdatacli('write-config', `cloud|global|cloud base url|${cloud.url}`);
  await agent.netdatacli('reload-claiming-state');
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
