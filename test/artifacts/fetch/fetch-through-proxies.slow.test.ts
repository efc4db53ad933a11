import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FetchContext, fetchArtifact } from '../../../src/artifacts/fetch/fetch.ts';
import { newAuthority, newServer } from '../../../src/standin/cloud/certificate.ts';
import { createRealSystem } from '../../../src/system/real-system.ts';
import { type ProxyOptions, proxyRefusal, startProxy } from '../../support/proxies.ts';
import type { ProxyKind as AnyProxy } from '../../support/proxy-kinds.ts';
import { scratchDirectory, treeOf } from '../../support/scratch-directory.ts';
import { tarArchive } from '../../support/tar-archive.ts';

const refusal = proxyRefusal();
const withProxies = describe.skipIf(refusal !== undefined);
const because = refusal === undefined ? '' : ` (skipped: ${refusal})`;

const login = { user: 'user', password: 'hunter2' };
// Larger than what any buffer on the way holds.
const content = randomBytes(4_000_000).toString('base64');
const archive = tarArchive([{ path: 'large-1.0/data', content }]);
const authority = await newAuthority();
const servers: Server[] = [];
let asked = 0;
let urls: { https: string; http: string };

// Not one of this machine's own names, which are never asked of a proxy.
const address = '127.0.0.2';
// Only the proxies know it.
const hosts = { 'release.test': address };

beforeAll(async () => {
  const pair = await newServer(authority, ['release.test', address]);
  const answer: RequestListener = (_, response) => {
    asked += 1;
    response.end(archive);
  };
  urls = {
    https: `https://release.test:${await listen(createTlsServer({ key: pair.key, cert: pair.certificate }, answer))}/large.tar.gz`,
    http: `http://release.test:${await listen(createServer(answer))}/large.tar.gz`,
  };
});

afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  // The cast: a server that listens on TCP has such an address.
  return (server.address() as AddressInfo).port;
}

/** One fetch with unpacking, as a run does it whose environment this is; pauses take no time. Returns the directory of everything. */
async function fetched(url: string, environment: Record<string, string>): Promise<string> {
  const top = scratchDirectory();
  mkdirSync(`${top}/work`);
  writeFileSync(`${top}/ca.pem`, authority.certificate);
  const system = { ...createRealSystem({ environment }), sleep: async () => {} };
  const context: FetchContext = { system, signal: new AbortController().signal, progress: () => {} };
  const sha256 = createHash('sha256').update(archive).digest('hex');
  await fetchArtifact(
    {
      ...{ title: 'large 1.0', sources: [{ from: 'url', url }], sha256, caFile: `${top}/ca.pem`, workDirectory: `${top}/work` },
      ...{ path: `${top}/cache/large.tar.gz`, unpack: { destination: `${top}/tree`, stripComponents: 1 } },
    },
    context,
  );
  return top;
}

/** What the error of a fetch says, all of it. */
async function complaint(url: string, environment: Record<string, string>): Promise<string> {
  const error = await fetched(url, environment).then(
    () => 'the fetch succeeded',
    (failure) => failure,
  );
  return JSON.stringify({ ...error, stack: error.stack, cause: String(error.cause) });
}

function expectWhole(top: string): void {
  expect(treeOf(`${top}/tree`)).toEqual({ data: `644 ${content}` });
  expect(readFileSync(`${top}/cache/large.tar.gz`).equals(archive)).toBe(true);
}

// What dante would show is what microsocks shows.
type ProxyKind = Exclude<AnyProxy, 'dante'>;

const requestTo: Record<ProxyKind, (url: string) => string> = {
  squid: (url) => (url.startsWith('https') ? `CONNECT ${new URL(url).host}` : `GET ${url}`),
  tinyproxy: (url) => (url.startsWith('https') ? `CONNECT ${new URL(url).host}` : `GET ${url}`),
  microsocks: (url) => new URL(url).host,
};

// Tinyproxy 1.11.1 says 401, not 407, when the password is wrong; to a plain request that cannot be told from an answer of the server.
const wrongPassword: Record<ProxyKind, Record<'https' | 'http', string>> = {
  squid: {
    https: 'The proxy PROXY does not accept the user and password (407)',
    http: 'The proxy PROXY does not accept the user and password (407)',
  },
  tinyproxy: { https: 'The proxy PROXY ', http: 'It answers with status 401: it does not let this machine have it.' },
  microsocks: {
    https: 'The proxy PROXY does not accept the user and password',
    http: 'The proxy PROXY does not accept the user and password',
  },
};

const kinds: [ProxyKind, string, ProxyOptions][] = [
  ['squid', 'without a password', {}],
  ['squid', 'with a password', login],
  ['tinyproxy', 'without a password', {}],
  ['tinyproxy', 'with a password', login],
  ['microsocks', 'without a password', {}],
  ['microsocks', 'with a password', login],
];

withProxies.each(kinds)(`an archive comes through %s %s${because}`, (kind, _, options) => {
  it('from an https server with a CA of its own, whose name only the proxy knows', async () => {
    const proxy = await startProxy(kind, { ...options, hosts });
    expectWhole(await fetched(urls.https, { https_proxy: proxy.url }));
    expect(await proxy.requests()).toEqual([requestTo[kind](urls.https)]);
  });

  it('from a plain http server', async () => {
    const proxy = await startProxy(kind, { ...options, hosts });
    expectWhole(await fetched(urls.http, { http_proxy: proxy.url }));
    expect(await proxy.requests()).toEqual([requestTo[kind](urls.http)]);
  });

  it('with all_proxy, for either', async () => {
    const proxy = await startProxy(kind, { ...options, hosts });
    expectWhole(await fetched(urls.https, { all_proxy: proxy.url }));
    expectWhole(await fetched(urls.http, { ALL_PROXY: proxy.url }));
    expect(await proxy.requests()).toEqual([requestTo[kind](urls.https), requestTo[kind](urls.http)]);
  });
});

withProxies.each(['squid', 'tinyproxy', 'microsocks'] as const)(`%s that does not let us through${because}`, (kind) => {
  it.each(['https', 'http'] as const)('is named when the password for %s is wrong, and the password is not', async (scheme) => {
    const proxy = await startProxy(kind, { ...login, hosts });
    const before = asked;
    const text = await complaint(urls[scheme], { [`${scheme}_proxy`]: proxy.url.replace('hunter2', 'wr0ng') });
    expect(text).toContain('"code":"FETCH_FAILED"');
    expect(text).toContain(wrongPassword[kind][scheme].replace('PROXY', new URL(proxy.url).host));
    expect(text).not.toContain('wr0ng');
    expect(text).not.toContain(Buffer.from('user:wr0ng').toString('base64'));
    expect(asked).toBe(before);
  });

  it.each(['https', 'http'] as const)('is named when it wants a password for %s, and none is given', async (scheme) => {
    const proxy = await startProxy(kind, { ...login, hosts });
    const text = await complaint(urls[scheme], { [`${scheme}_proxy`]: proxy.url.replace('user:hunter2@', '') });
    expect(text).toContain(`The proxy ${new URL(proxy.url).host} wants a user and password`);
  });

  it.each(['https', 'http'] as const)('is named when it is down, for %s, and its password is not', async (scheme) => {
    const proxy = await startProxy(kind, { ...login, hosts });
    await proxy.stop();
    const text = await complaint(urls[scheme], { [`${scheme}_proxy`]: proxy.url });
    expect(text).toContain('"code":"FETCH_FAILED"');
    expect(text).toContain(`The proxy ${new URL(proxy.url).host} cannot be reached`);
    expect(text).not.toContain('hunter2');
  });

  it('is named when it is up, and the https server behind it is down', async () => {
    const proxy = await startProxy(kind, { ...login, hosts });
    const text = await complaint('https://release.test:1/large.tar.gz', { https_proxy: proxy.url });
    expect(text).toContain('"code":"FETCH_FAILED"');
    expect(text).toContain(`The proxy ${new URL(proxy.url).host} does not lead to the server`);
    expect(text).not.toContain('hunter2');
  });
});

withProxies(`which way a fetch goes${because}`, () => {
  it.each(['squid', 'microsocks'] as const)('is the direct one for what no_proxy names: %s is not asked', async (kind) => {
    const proxy = await startProxy(kind, { ...login, hosts });
    const direct = urls.https.replace('release.test', address);
    expectWhole(await fetched(direct, { https_proxy: proxy.url, no_proxy: `example.test,${address}` }));
    expect(await proxy.requests()).toEqual([]);
    expectWhole(await fetched(direct, { https_proxy: proxy.url, no_proxy: 'example.test' }));
    expect(await proxy.requests()).toEqual([requestTo[kind](direct)]);
  });

  it('starts with a name that is resolved here for socks5, and by the proxy for socks5h', async () => {
    const proxy = await startProxy('microsocks', { ...login, hosts });
    const here = proxy.url.replace('socks5h', 'socks5');
    const numeric = urls.https.replace('release.test', address);
    expectWhole(await fetched(numeric, { https_proxy: here }));
    expect(await proxy.requests()).toEqual([new URL(numeric).host]);
    const unknown = urls.https.replace('release.test', `${'x'.repeat(64)}.test`);
    expect(await complaint(unknown, { https_proxy: here })).toContain('with socks5h:// the proxy looks for it');
    expectWhole(await fetched(urls.https, { https_proxy: proxy.url }));
    expect(await proxy.requests()).toEqual([new URL(numeric).host, new URL(urls.https).host]);
  });
});
