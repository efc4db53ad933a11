import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Misbehaviour } from '../../../src/standin/cloud/misbehaviour.ts';
import { goOnline, openSocket, sendConnect, upgradeRequest } from './agent-socket.ts';
import { admin, claim, newCloud, openTls, recordedId, request, room, type TestCloud } from './test-cloud.ts';

const root = `/agent/${recordedId}`;

async function cloudThat(...scenario: readonly Misbehaviour[]): Promise<TestCloud> {
  const cloud = await newCloud(undefined, { scenario });
  await claim(cloud);
  return cloud;
}

describe('a request', () => {
  it('of one node is answered badly, and that of another is not', async () => {
    const cloud = await cloudThat({ endpoint: 'challenge', node: recordedId, refuse: 'ErrInternalServerError', times: 1 });
    await claim(cloud, {}, room);
    const challenge = async (id: string) => (await request(cloud, 'GET', `/api/v1/auth/node/${id}/challenge`)).status;
    expect([await challenge(room), await challenge(recordedId), await challenge(recordedId)]).toEqual([200, 500, 200]);
  });

  it('names its node in the query of /env, also as 1.31 writes it', async () => {
    const cloud = await cloudThat({ endpoint: 'env', node: recordedId, ban: true });
    const env = async (query: string) => (await request(cloud, 'GET', `/api/v1/env${query}`)).body;
    expect(await env('')).toContain('authEndpoint');
    expect(await env(`?v=1.31.0&cap=json$claim_id=${recordedId}`)).toContain('"errorNonRetryable":true');
  });

  it('gets half of its answer, true or not, and then nothing', async () => {
    const cloud = await cloudThat(
      { endpoint: 'env', hang: 'after-headers', status: 200, body: '12345678', times: 1 },
      { endpoint: 'env', hang: 'after-headers' },
    );
    const [chosen, truth] = [await beginning(cloud), await beginning(cloud)];
    expect(chosen).toBe(
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 8\r\nConnection: keep-alive\r\nKeep-Alive: timeout=10\r\n\r\n1234',
    );
    expect(truth).toMatch(/\r\n\r\n\{"authEndpoint":"https:\/\/127/);
    expect(() => JSON.parse(truth.split('\r\n\r\n')[1] ?? '')).toThrow();
  });

  it('for a WebSocket gets half of its answer, or one line of it', async () => {
    const cloud = await cloudThat(
      { endpoint: 'mqtt', hang: 'after-headers', status: 502, body: 'abcd', times: 1 },
      { endpoint: 'mqtt', hang: 'after-headers' },
    );
    expect(await beginning(cloud, upgradeRequest)).toMatch(/^HTTP\/1\.1 502 Refused\r\n(.+\r\n)+\r\nab$/);
    expect(await beginning(cloud, upgradeRequest)).toBe('HTTP/1.1 101 Switching Protocols\r\n');
  });
});

describe('a certificate', () => {
  it.each([
    ['expired', 'CERT_HAS_EXPIRED'],
    ['other-name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['unknown-ca', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ] as const)('that is %s is shown once: %s, and the next is good', async (certificate, code) => {
    const cloud = await newCloud(undefined, { scenario: [{ endpoint: 'tls', certificate, times: 1 }] });
    await expect(request(cloud, 'GET', '/')).rejects.toMatchObject({ code });
    expect((await request(cloud, 'GET', '/')).status).toBe(200);
  });

  it('is not shown at all when the connection is reset before it', async () => {
    const cloud = await newCloud();
    await admin(cloud, 'PUT', 'misbehaviour', { endpoint: 'tls', reset: true, times: 1 });
    await expect(request(cloud, 'GET', '/')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await request(cloud, 'GET', '/')).status).toBe(200);
  });
});

describe('a packet', () => {
  it('CONNECT is refused with a reason of choice, in both versions', async () => {
    const cloud = await cloudThat({ endpoint: 'connect', reasonCode: 0x97 });
    for (const [level, connack] of [
      [5, '2003009700'],
      [4, '20020097'],
    ] as const) {
      const socket = await openSocket(cloud);
      await sendConnect(cloud, socket, { level, password: 'any' });
      expect(await socket.next()).toBe(connack);
    }
  });

  it('CONNECT is kept waiting, and what came meanwhile is answered after it', async () => {
    const cloud = await cloudThat({ endpoint: 'connect', delaySeconds: 0.05 });
    const socket = await openSocket(cloud);
    await sendConnect(cloud, socket);
    socket.send('c000');
    expect([await socket.next(), await socket.next()]).toEqual(['2003000000', 'd000']);
  });

  it('CONNECT gets no answer, or the end of the connection', async () => {
    const cloud = await cloudThat({ endpoint: 'connect', hang: true, times: 1 }, { endpoint: 'connect', reset: true });
    const [silent, broken] = [await openSocket(cloud), await openSocket(cloud)];
    await sendConnect(cloud, silent, { password: 'any' });
    silent.sendFrame(9, Buffer.from('there?'));
    expect(await silent.next()).toBe(`frame 8a ${Buffer.from('there?').toString('hex')}`);
    await sendConnect(cloud, broken, { password: 'any' });
    expect(await broken.next()).toBe('closed');
  });

  it('of a kind gets no answer, and the others do', async () => {
    const agent = await goOnline(await cloudThat({ endpoint: 'ping', hang: true, request: 2, times: 1 }));
    agent.send('c000');
    agent.send('c000');
    agent.sendPacket({ cmd: 'subscribe', messageId: 3, subscriptions: [{ topic: `${root}/inbound/cmd`, qos: 1 }] });
    agent.send('c000');
    expect([await agent.next(), await agent.next(), await agent.next()]).toEqual(['d000', '9004000300'.concat('01'), 'd000']);
  });

  it('PUBLISH is acknowledged late, or ends the connection', async () => {
    const cloud = await cloudThat(
      { endpoint: 'publish', delaySeconds: 0.05, times: 1 },
      { endpoint: 'publish', reset: true, node: recordedId },
    );
    const agent = await goOnline(cloud);
    const publish = { cmd: 'publish', topic: `${root}/outbound/chart`, qos: 1, dup: false, retain: false } as const;
    agent.sendPacket({ ...publish, payload: 'a', messageId: 1 });
    agent.send('c000');
    expect([await agent.next(), await agent.next()]).toEqual(['d000', '40020001']);
    agent.sendPacket({ ...publish, payload: 'b', messageId: 2 });
    expect(await agent.next()).toBe('closed');
  });
});

it('can be seen, and be replaced as a whole, while it is in force', async () => {
  const cloud = await cloudThat({ endpoint: 'env', status: 500 });
  await request(cloud, 'GET', '/api/v1/env');
  expect(JSON.parse((await admin(cloud, 'GET', 'misbehaviour')).body)).toEqual({
    steps: [{ endpoint: 'env', status: 500, seen: 1 }],
  });
  expect((await admin(cloud, 'PUT', 'scenario', { steps: [{ endpoint: 'claim', refuse: 'token-used-up' }] })).status).toBe(204);
  expect((await request(cloud, 'GET', '/api/v1/env')).status).toBe(200);
  expect((await claim(cloud)).body).toContain('"errorMessage":"the token is used up"');
  const wrong = await admin(cloud, 'PUT', 'scenario', { steps: [{ endpoint: 'claim', hang: 'yes' }] });
  expect([wrong.status, wrong.body]).toEqual([422, expect.stringContaining('steps: Step 1: hang must be true')]);
});

/** What comes before the server falls silent: until the text is no whole answer any more grows. */
async function beginning(cloud: TestCloud, text = 'GET /api/v1/env HTTP/1.1\r\n\r\n'): Promise<string> {
  const socket = openTls(cloud);
  socket.write(text);
  let got = '';
  // The head and the half are written together, and come in one piece or two.
  while (!/^HTTP\/1\.1 101|\r\n\r\n./s.test(got)) got += (await once(socket, 'data'))[0];
  return got;
}
