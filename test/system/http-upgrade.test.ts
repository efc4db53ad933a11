import { expect, it } from 'vitest';
import { createHttp } from '../../src/system/http.ts';
import { Secret } from '../../src/system/secret.ts';
import { serve, serveSocks, serveTcp } from '../support/loopback-server.ts';

const { get } = createHttp({}, { connectMilliseconds: 2000, headersMilliseconds: 100 });
const headers = { 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-version': '13' };
const changes = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Proof: yes\r\n\r\n';

/** A server that gives this answer; resolves with what it was asked, once the connection is closed. */
async function serveText(answer: string) {
  const { promise: asked, resolve } = Promise.withResolvers<string>();
  const port = await serveTcp((socket) => {
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes;
      if (text.endsWith('\r\n\r\n')) socket.write(answer);
    });
    socket.on('close', () => resolve(text));
  });
  return { url: `http://127.0.0.1:${port}`, asked };
}

it('says 101 when the server changes to WebSocket, and closes the connection then', async () => {
  const { url, asked } = await serveText(changes);
  const answer = await get({ url: `${url}/mqtt`, upgrade: 'websocket', headers });
  expect(answer).toMatchObject({ status: 101, body: '', headers: { 'x-proof': 'yes' } });
  const lines = (await asked).toLowerCase().split('\r\n');
  expect(lines[0]).toBe('get /mqtt http/1.1');
  expect(lines).toEqual(expect.arrayContaining(['connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13']));
});

it.each([200, 404, 502])('gives the status %i of a server that does not change', async (status) => {
  const url = await serve((_, response) => response.writeHead(status).end('a page'));
  expect(await get({ url, upgrade: 'websocket', headers })).toMatchObject({ status });
});

it('asks through a proxy too', async () => {
  const { url } = await serveText(changes);
  const proxy = await serveSocks(url);
  const answer = await get({ url: 'http://cloud.test/mqtt', upgrade: 'websocket', headers, proxy: new Secret(proxy.url) });
  expect(answer.status).toBe(101);
});

it('says that the server closed, or did not answer in time', async () => {
  const closing = await serveTcp((socket) => socket.once('data', () => socket.end()));
  await expect(get({ url: `http://127.0.0.1:${closing}`, upgrade: 'websocket' })).rejects.toMatchObject({ reason: 'closed' });
  const silent = await serveTcp((socket) => socket.resume());
  await expect(get({ url: `http://127.0.0.1:${silent}`, upgrade: 'websocket' })).rejects.toMatchObject({ reason: 'timeout' });
});
