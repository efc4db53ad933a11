import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { newAuthority, newServer } from '../../src/standin/cloud/certificate.ts';
import { createHttp } from '../../src/system/http.ts';
import { serve, serveProxy, serveSocks } from '../support/loopback-server.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

// A name that no resolver has to be asked about: its first part is too long.
const noName = `${'x'.repeat(64)}.test`;

it('asks through the proxy of the environment, with its password', async () => {
  const url = await serve((_, response) => response.end('through the proxy'));
  const proxy = await serveProxy(url);
  const { get } = createHttp({ http_proxy: proxy.url.replace('//', '//user:secret@') });
  expect((await get({ url: 'http://mirror.test/file' })).body).toBe('through the proxy');
  expect(proxy.seen).toEqual(['GET http://mirror.test/file Basic dXNlcjpzZWNyZXQ=']);
});

it('asks https servers through a tunnel, and still trusts only the file', async () => {
  const authority = await newAuthority();
  const caFile = `${scratchDirectory()}/ca.pem`;
  writeFileSync(caFile, authority.certificate);
  const proxy = await serveProxy(
    await serve((_, response) => response.end('tunnelled'), await newServer(authority, ['mirror.test'])),
  );
  const { get } = createHttp({ HTTPS_PROXY: proxy.url.replace('http://', '') });
  expect((await get({ url: 'https://mirror.test/', caFile })).body).toBe('tunnelled');
  await expect(get({ url: 'https://mirror.test/' })).rejects.toMatchObject({ reason: 'tls-untrusted' });
  expect(proxy.seen).toEqual(['CONNECT mirror.test:443', 'CONNECT mirror.test:443']);
});

it('asks through a SOCKS5 proxy, and lets it find the name', async () => {
  const socks = await serveSocks(await serve((_, response) => response.end('through SOCKS')));
  const { get } = createHttp({ all_proxy: socks.url });
  expect((await get({ url: 'http://mirror.test/' })).body).toBe('through SOCKS');
  expect(socks.seen).toEqual(['mirror.test']);
});

it.each([
  ['a server that no_proxy names', { http_proxy: 'http://127.0.0.1:1', no_proxy: noName }, `http://${noName}/`, 'name-not-found'],
  ['https, when the proxy is for http', { http_proxy: 'http://127.0.0.1:1' }, `https://${noName}/`, 'name-not-found'],
  ['everything, when the environment has no proxy', {}, `http://${noName}/`, 'name-not-found'],
  ['nothing, when the proxy is for all', { all_proxy: 'http://127.0.0.1:1' }, `https://${noName}/`, 'proxy-unreachable'],
])('asks directly: %s', async (_, environment, url, reason) => {
  await expect(createHttp(environment).get({ url })).rejects.toMatchObject({ reason });
});

it('never asks a proxy for this machine itself', async () => {
  const url = await serve((_, response) => response.end('local'));
  expect((await createHttp({ http_proxy: 'http://127.0.0.1:1' }).get({ url })).body).toBe('local');
});

it('does not repeat a proxy that cannot be used, because of its password', async () => {
  const failure = await createHttp({ http_proxy: 'gopher://user:hunter2@proxy.test' })
    .get({ url: 'http://mirror.test/' })
    .catch(String);
  expect(failure).toContain('The proxy in http_proxy or all_proxy is not');
  expect(failure).not.toContain('hunter2');
});

it('says that a proxy refuses', async () => {
  const proxy = await serve((_, response) => response.writeHead(407).end());
  const refusing = createHttp({ http_proxy: proxy, https_proxy: proxy });
  await expect(refusing.get({ url: 'http://mirror.test/' })).rejects.toMatchObject({ message: expect.stringContaining('407') });
});
