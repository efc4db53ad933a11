import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claim } from '../../src/cloud/claim-client.ts';
import { cloudUnreachable } from '../../src/cloud/cloud-reachable.ts';
import { linkCannot, parseProxy } from '../../src/cloud/proxy.ts';
import { newAuthority, newServer } from '../../src/standin/cloud/certificate.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { Secret } from '../../src/system/secret.ts';
import type { HttpRequest } from '../../src/system/system.ts';
import { agentKeys, newCloud, newDirectory, nodeView, recordedId, room, token } from '../standin/cloud/test-cloud.ts';
import { proxyRefusal, startProxy } from '../support/proxies.ts';
import type { ProxyKind } from '../support/proxy-kinds.ts';

const refusal = proxyRefusal();
const withProxies = describe.skipIf(refusal !== undefined);
const because = refusal === undefined ? '' : ` (skipped: ${refusal})`;

const login = { user: 'user', password: 'hunter2' };
// Only the proxies know it.
const hosts = { 'cloud.test': '127.0.0.1' };
const kinds: readonly ProxyKind[] = ['squid', 'tinyproxy', 'microsocks', 'dante'];

/** A Cloud with a CA of its own whose certificate is for cloud.test too. */
async function namedCloud() {
  const directory = await newDirectory();
  const authority = await newAuthority();
  const server = await newServer(authority, ['cloud.test', 'localhost', '127.0.0.1', '::1']);
  for (const [name, pair] of Object.entries({ ca: authority, server })) {
    writeFileSync(join(directory, `${name}.key`), pair.key);
    writeFileSync(join(directory, `${name}.pem`), pair.certificate);
  }
  const cloud = await newCloud(directory);
  return { ...cloud, url: `https://cloud.test:${cloud.port}` };
}

type NamedCloud = Awaited<ReturnType<typeof namedCloud>>;

/** A real claim whose pauses take no time; the environment would lead it astray. */
async function claimed(cloud: NamedCloud, proxyUrl: string, url = cloud.url) {
  const said: string[] = [];
  const environment = { https_proxy: 'http://127.0.0.1:1', no_proxy: '*' };
  const system = { ...createRealSystem({ environment }), sleep: async () => {} };
  const proxy: HttpRequest['proxy'] = parseProxy(proxyUrl)?.url ?? 'none';
  const node = { id: recordedId, hostname: 'vm', machineGuid: recordedId, publicKey: agentKeys.publicKey };
  const asked = { ...node, url, token: new Secret(token), rooms: [room], caFile: cloud.caFile, proxy, verbose: true };
  const result = await claim({ ...asked, progress: (text) => said.push(text) }, system).catch((error) => error);
  const everything = `${said.join('\n')} ${result} ${JSON.stringify(result)} ${result.stack} ${result.cause}`;
  for (const secret of ['hunter2', 'wr0ng', token]) expect(everything).not.toContain(secret);
  return result;
}

withProxies.each(kinds)(`a claim through %s${because}`, (kind) => {
  const isSocks = kind === 'microsocks' || kind === 'dante';

  it.each([
    ['without a password', {}],
    ['with a password', login],
  ])('%s reaches a Cloud whose name only the proxy knows', async (_, options) => {
    const [cloud, proxy] = [await namedCloud(), await startProxy(kind, { ...options, hosts })];
    // tinyproxy answers with HTTP/1.0, which is what agents before 1.46.2 cannot read.
    const version = kind === 'tinyproxy' ? '1.0' : '1.1';
    const result = await claimed(cloud, proxy.url);
    expect(result).toEqual(isSocks ? {} : { proxyHttpVersion: version });
    const target = `cloud.test:${cloud.port}`;
    expect(await proxy.requests()).toEqual([isSocks ? target : `CONNECT ${target}`]);
    expect(await nodeView(cloud)).toMatchObject({ hostname: 'vm', rooms: [room] });
  });

  it('is used for this machine itself too, because the user named it', async () => {
    const [cloud, proxy] = [await namedCloud(), await startProxy(kind)];
    expect(await claimed(cloud, proxy.url, `https://127.0.0.1:${cloud.port}`)).not.toBeInstanceOf(Error);
    expect(await proxy.requests()).toHaveLength(1);
  });

  it('says that the password is wrong, or that there is none, and sends nothing on', async () => {
    const [cloud, proxy] = [await namedCloud(), await startProxy(kind, { ...login, hosts })];
    const { host } = new URL(proxy.url);
    expect(await claimed(cloud, proxy.url.replace('hunter2', 'wr0ng'))).toMatchObject({
      code: 'CLAIM_PROXY_LOGIN',
      why: expect.stringContaining(`The claim was not sent: The proxy ${host} does not accept the user and password`),
    });
    expect(await claimed(cloud, proxy.url.replace('user:hunter2@', ''))).toMatchObject({
      code: 'CLAIM_PROXY_LOGIN',
      why: expect.stringContaining(`The claim was not sent: The proxy ${host} wants a user and password`),
    });
    expect(cloud.events).toEqual([]);
  });

  it('says that the proxy is down, or does not reach the Cloud', async () => {
    const [cloud, proxy] = [await namedCloud(), await startProxy(kind)];
    const { host } = new URL(proxy.url);
    expect(await claimed(cloud, proxy.url, 'https://127.0.0.1:1')).toMatchObject({ code: 'CLAIM_PROXY_REFUSED' });
    await proxy.stop();
    expect(await claimed(cloud, proxy.url)).toMatchObject({
      code: 'CLAIM_PROXY_UNREACHABLE',
      why: expect.stringContaining(`The claim was not sent, after 3 attempts: The proxy ${host} cannot be reached`),
    });
  });

  it('is asked the same way before anything is changed', async () => {
    const [cloud, proxy] = [await namedCloud(), await startProxy(kind, { ...login, hosts })];
    const asked = { url: cloud.url, caFile: cloud.caFile };
    const system = createRealSystem({ environment: {} });
    expect(await cloudUnreachable({ ...asked, proxy: new Secret(proxy.url) }, system)).toBeUndefined();
    const wrong = new Secret(proxy.url.replace('hunter2', 'wr0ng'));
    expect(await cloudUnreachable({ ...asked, proxy: wrong }, system)).toMatchObject({ code: 'CLAIM_URL_UNREACHABLE' });
    expect(String(await cloudUnreachable({ ...asked, proxy: wrong }, system))).not.toContain('wr0ng');
  });
});

withProxies.each<ProxyKind>(['microsocks', 'dante'])(`%s${because}`, (kind) => {
  it('is asked for an address with socks5, and the name has to be known here', async () => {
    const [cloud, proxy] = [await namedCloud(), await startProxy(kind, { hosts })];
    const url = proxy.url.replace('socks5h', 'socks5');
    expect(await claimed(cloud, url)).toMatchObject({ code: 'CLAIM_NAME_NOT_FOUND', next: expect.stringContaining('socks5h') });
    expect(await proxy.requests()).toEqual([]);
    expect(await claimed(cloud, url, `https://localhost:${cloud.port}`)).toEqual({});
    expect(await proxy.requests()).toEqual([`127.0.0.1:${cloud.port}`]);
  });
});

withProxies(`tinyproxy${because}`, () => {
  it('is told apart as one that the link of an old agent cannot use', async () => {
    const [cloud, proxy] = [await namedCloud(), await startProxy('tinyproxy', { hosts })];
    const { proxyHttpVersion } = await claimed(cloud, proxy.url);
    const used = { scheme: 'http', hasCredentials: false, httpVersion: proxyHttpVersion } as const;
    expect(linkCannot(used, '1.45.0')).toMatch(/^The agent-cloud link of Netdata 1\.45\.0 cannot use this proxy/);
    expect(linkCannot(used, '1.46.2')).toBeUndefined();
  });
});
