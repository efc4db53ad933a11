import { describe, expect, it } from 'vitest';
import { goOnline, oneTimePassword, openSocket, sendConnect, solve } from './agent-socket.ts';
import { admin, claim, exchange, newCloud, nodeView, recordedId, request, type TestCloud } from './test-cloud.ts';

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
    const { body } = await request(cloud, 'GET', `/api/v1/env?v=1.31.0&cap=json$claim_id=${recordedId}`);
    expect(JSON.parse(body)).toMatchObject({ encoding: 'json' });
    expect(await cloud.event('env-asked')).toMatchObject({ id: recordedId });
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

describe('the version of an agent', () => {
  const versionOf = async (cloud: TestCloud) => (await nodeView(cloud)).agentVersion;

  it('is what it says with its solved challenge', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    await answerWith(cloud, { agent_version: 'v2.10.4-17-nightly', response: solve(await challenge(cloud)) });
    expect(await versionOf(cloud)).toBe('2.10.4-17-nightly');
  });

  it('is not what anybody says who knows its claim id', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    expect((await request(cloud, 'GET', `/api/v1/env?v=6.6.6&claim_id=${recordedId}`)).status).toBe(200);
    expect((await answerWith(cloud, { agent_version: '6.6.6', response: 'AAAA' })).status).toBe(403);
    await oneTimePassword(cloud);
    await goOnline(cloud);
    expect(await versionOf(cloud)).toBeUndefined();
    expect((await admin(cloud, 'GET', `nodes/${recordedId}`)).body).not.toContain('6.6.6');
  });

  it('is none when it cannot be one', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    for (const agent_version of ['latest', '2.1\u202e', '2 1', `2.${'1'.repeat(70)}`, 2, null])
      expect((await answerWith(cloud, { agent_version, response: solve(await challenge(cloud)) })).status).toBe(201);
    expect(await versionOf(cloud)).toBeUndefined();
  });
});

describe('the history of a node', () => {
  const textsOf = async (cloud: TestCloud) => {
    const { history } = await nodeView(cloud);
    if (!Array.isArray(history)) throw new Error('There is no history.');
    return history.map(({ text }) => text).slice(1);
  };
  const ask = async (cloud: TestCloud, headers?: string) => {
    await request(cloud, 'GET', `/api/v1/env?v=2.0.0&claim_id=${recordedId}`, undefined, headers);
    await request(cloud, 'GET', challengePath, undefined, headers);
  };

  it('says who asked, and of nobody that it was the node before it has solved its challenge', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    await ask(cloud, 'User-Agent: Netdata/rocks newhttpclient\r\n');
    await oneTimePassword(cloud);
    expect(await textsOf(cloud)).toEqual([
      '127.0.0.1 asked with its claim id where to connect',
      '127.0.0.1 asked with its claim id for a challenge',
      'Solved the challenge, and got a password',
    ]);
  });

  it('tells the checks of kickstart from the requests of the agent', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    await ask(cloud, 'User-Agent: kickstart\r\n');
    expect(await textsOf(cloud)).toEqual(['kickstart on 127.0.0.1 checked its link: asked for a challenge']);
    expect(cloud.events.map(({ kind }) => kind)).not.toContain('challenged');
  });
});

describe('a password', () => {
  it('is given for a secret that lacks a few bytes at its end, with or without the agent version', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const cut = async (bytes: number) =>
      Buffer.from(solve(await challenge(cloud)), 'base64')
        .subarray(0, bytes)
        .toString('base64');
    expect((await answerWith(cloud, { response: await cut(28) })).status).toBe(201);
    expect((await answerWith(cloud, { agent_version: '2.3.0', response: await cut(30) })).status).toBe(201);
    expect((await answerWith(cloud, { response: await cut(27) })).status).toBe(403);
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
