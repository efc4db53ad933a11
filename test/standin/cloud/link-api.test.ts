import { describe, expect, it } from 'vitest';
import { oneTimePassword, openSocket, sendConnect, solve } from './agent-socket.ts';
import { admin, claim, exchange, newCloud, recordedId, request, type TestCloud } from './test-cloud.ts';

const challengePath = `/api/v1/auth/node/${recordedId}/challenge`;
const passwordPath = `/api/v1/auth/node/${recordedId}/password`;

describe('/api/v1/env', () => {
  it.each([
    ['Host: cloud.test', 'cloud.test', undefined],
    ['Host: cloud.test:4430', 'cloud.test', 4430],
    ['Host: [::1]:4430', '[::1]', 4430],
    ['Host: ::1', '[::1]', undefined],
    ['Host: a/b"c', '127.0.0.1', undefined],
    ['X-None: x', '127.0.0.1', undefined],
  ])('names the host that "%s" names, and its own port when there is none', async (header, host, port) => {
    const cloud = await newCloud();
    const answer = await exchange(cloud, `GET /api/v1/env?v=1.37.1 HTTP/1.1\r\n${header}\r\n\r\n`);
    const { authEndpoint, transports } = JSON.parse(answer.split('\r\n\r\n')[1] ?? '');
    expect(authEndpoint).toBe(`https://${host}:${port ?? cloud.port}/api/v1/auth`);
    expect(transports[0]).toEqual({ type: 'MQTTv5', endpoint: `wss://${host}:${port ?? cloud.port}/mqtt` });
  });

  it('understands the query of 1.31, which has a $ for an &', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    expect((await request(cloud, 'GET', `/api/v1/env?v=1.31.0&cap=json$claim_id=${recordedId}`)).status).toBe(200);
    await oneTimePassword(cloud);
    expect((await admin(cloud, 'GET', 'nodes')).body).toContain('"agentVersion":"1.31.0"');
  });

  it('believes no version of whoever has not shown to be the node', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    expect((await request(cloud, 'GET', `/api/v1/env?v=6.6.6&claim_id=${recordedId}`)).status).toBe(200);
    expect((await admin(cloud, 'GET', 'nodes')).body).not.toContain('6.6.6');
  });
});

describe('a challenge', () => {
  it('is a 32-byte secret under the claimed key, another each time', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const secrets = [solve(await challenge(cloud)), solve(await challenge(cloud))];
    expect(secrets.map((secret) => Buffer.from(secret, 'base64').length)).toEqual([32, 32]);
    expect(secrets[0]).not.toBe(secrets[1]);
  });

  it('is found behind the double slash that some endpoints lead to', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    expect((await request(cloud, 'GET', challengePath.replace('/node', '//node'))).status).toBe(200);
  });

  it('is not given to a node that nobody claimed', async () => {
    const answer = await request(await newCloud(), 'GET', challengePath);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      404,
      { errorCode: '404', errorMsgKey: 'ErrNodeNotFound', errorMessage: expect.any(String), errorNonRetryable: false },
    ]);
  });
});

describe('a password', () => {
  it('is given for a secret that is cut at 16 bytes or later, with or without the agent version', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const cut = async (bytes: number) =>
      Buffer.from(solve(await challenge(cloud)), 'base64')
        .subarray(0, bytes)
        .toString('base64');
    expect((await answerWith(cloud, { response: await cut(16) })).status).toBe(201);
    expect((await answerWith(cloud, { agent_version: '2.3.0', response: await cut(30) })).status).toBe(201);
    expect((await answerWith(cloud, { response: await cut(15) })).status).toBe(403);
  });

  it('is given once for a secret', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const response = solve(await challenge(cloud));
    expect((await answerWith(cloud, { response })).status).toBe(201);
    expect((await answerWith(cloud, { response })).status).toBe(403);
  });

  it('is not given for a wrong answer, rubbish, or an answer to no challenge', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    expect((await answerWith(cloud, { response: Buffer.alloc(32).toString('base64') })).status).toBe(403);
    await challenge(cloud);
    expect((await answerWith(cloud, { response: Buffer.alloc(32).toString('base64') })).status).toBe(403);
    expect((await answerWith(cloud, { response: '' })).status).toBe(403);
    expect((await answerWith(cloud, { response: 7 })).status).toBe(400);
    expect((await request(cloud, 'POST', passwordPath, 'rubbish')).status).toBe(400);
  });

  it('opens one connection', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const password = await oneTimePassword(cloud);
    const [first, second] = [await openSocket(cloud), await openSocket(cloud)];
    await sendConnect(cloud, first, { password });
    expect(await first.next()).toBe('2003000000');
    await sendConnect(cloud, second, { password });
    expect(await second.next()).toBe('2003008700');
  });
});

async function challenge(cloud: TestCloud): Promise<string> {
  return JSON.parse((await request(cloud, 'GET', challengePath)).body).challenge;
}

function answerWith(cloud: TestCloud, body: object) {
  return request(cloud, 'POST', passwordPath, JSON.stringify(body));
}
