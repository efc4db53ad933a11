import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createLive, type Live } from '../../../../src/standin/cloud/web/live.ts';

/** Somebody who watches, as the server and as they see it. */
async function watch(live: Live, isAllowed = () => true): Promise<{ seen: IncomingMessage; response: ServerResponse }> {
  const server = createServer((_request, response) => void live.open(response, isAllowed));
  onTestFinished(() => void server.close());
  const opened = new Promise<ServerResponse>((resolve) => server.on('request', (_request, response) => resolve(response)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const seen = await new Promise<IncomingMessage>((resolve) =>
    get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false }, resolve),
  );
  seen.on('error', () => undefined);
  onTestFinished(() => void seen.destroy());
  return { seen, response: await opened };
}

function newLive(): Live {
  const live = createLive();
  onTestFinished(() => live.close());
  return live;
}

it('tells what happens, and not that the page was looked at', async () => {
  const live = newLive();
  const { seen } = await watch(live);
  live.tell({ kind: 'request', method: 'GET', path: '/standin/v1/nodes', status: 200, address: '127.0.0.1' });
  live.tell({ kind: 'removed', id: 'one' });
  let text = '';
  for await (const piece of seen) {
    text += piece;
    if (text.includes('removed')) break;
  }
  const data = text.split('\n').filter((line) => line.startsWith('data: '));
  expect(data[0]).toBe('data: {"kind":"hello"}');
  expect(data[1]).toMatch(/^data: \{"at":"[^"]+","kind":"removed","id":"one"\}$/);
  expect(data).toHaveLength(2);
});

it('leaves behind who does not read, and nobody else', async () => {
  const live = newLive();
  const slow = await watch(live);
  const quick = await watch(live);
  slow.seen.pause();
  quick.seen.resume();
  let isLost = false;
  slow.response.on('close', () => {
    isLost = true;
  });
  for (let count = 0; count < 2000 && !isLost; count++) {
    live.tell({ kind: 'removed', id: 'x'.repeat(100_000) });
    await new Promise(setImmediate);
  }
  expect(isLost).toBe(true);
  expect(quick.response.destroyed).toBe(false);
});

it('ends with the session', async () => {
  const live = newLive();
  let isSignedIn = true;
  const { seen } = await watch(live, () => isSignedIn);
  seen.resume();
  isSignedIn = false;
  live.check();
  await once(seen, 'end');
});
