import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { usualLimits } from '../../../src/standin/cloud/limits.ts';
import { goOnline, openSocket, solve } from './agent-socket.ts';
import { claim, claimBody, newCloud, openTls, recordedId, request, splitAnswer, type TestCloud } from './test-cloud.ts';

const auth = `/api/v1/auth/node/${recordedId}`;
const agentHeaders = 'Host: cloud.test\r\nUser-Agent: Netdata/rocks newhttpclient\r\n';

describe('an agent that looks at the answer after each piece (1.33, 1.37)', () => {
  it('finds it whole by its Content-Length, and closes by itself', async () => {
    const cloud = await newCloud();
    const connection = open(cloud);
    const { head, body } = await connection.ask(`GET /api/v1/env?v=1.37.1 HTTP/1.1\r\n${agentHeaders}\r\n`);
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}\r\n`);
    connection.socket.end();
    expect(await connection.ended()).toBe('');
  });
});

describe('an agent that reads until there is nothing more, and takes a close for an error (1.44 and newer)', () => {
  it.each([
    ['where to connect', `GET /api/v1/env?v=2.10.4&cap=proto,ctx&claim_id=${recordedId}`, 200],
    ['a challenge', `GET ${auth}/challenge`, 200],
    ['a password with a wrong answer', `POST ${auth}/password`, 403, '{"agent_version":"2.10.4","response":"AAAA"}'],
    ['a password with rubbish', `POST ${auth}/password`, 400, 'rubbish'],
    ['a challenge for a node that nobody claimed', `GET ${auth.replace('1d39', '0000')}/challenge`, 404],
    ['with a method that is none', `DELETE ${auth}/challenge`, 405],
    ['for something that is not there', 'GET /nothing', 404],
    ['with a body that is too long', `PUT /api/v1/spaces/nodes/${recordedId}`, 413, 'x'.repeat(70_000)],
    ['to be claimed', `PUT /api/v1/spaces/nodes/${recordedId}`, 204, claimBody()],
    ['to be claimed with a wrong token', `PUT /api/v1/spaces/nodes/${recordedId}`, 403, claimBody({ token: 'wrong' })],
    ['for the nodes, as nobody', 'GET /standin/v1/nodes', 401],
  ])('asks %s, and asks again on the same connection', async (_what, line, status, body = '') => {
    const cloud = await newCloud();
    await claim(cloud);
    const connection = open(cloud);
    const text = `${line} HTTP/1.1\r\n${agentHeaders}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    for (const _ of ['first', 'second']) expect((await connection.ask(text)).status).toBe(status);
  });

  it('is told to wait on a connection that stays open', async () => {
    const cloud = await newCloud(undefined, {
      limits: { ...usualLimits, loopback: { ...usualLimits.loopback, requests: { perSecond: 0.1, burst: 1 } } },
    });
    const connection = open(cloud);
    const env = `GET /api/v1/env HTTP/1.1\r\n${agentHeaders}\r\n`;
    const statuses = [];
    for (const _ of [1, 2, 3]) statuses.push((await connection.ask(env)).status);
    expect(statuses).toEqual([200, 503, 503]);
  });

  it('solves its challenge on the connection that brought it', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const connection = open(cloud);
    const { body } = await connection.ask(`GET ${auth}/challenge HTTP/1.1\r\n${agentHeaders}\r\n`);
    const solved = JSON.stringify({ agent_version: '2.10.4', response: solve(JSON.parse(body).challenge) });
    const given = await connection.ask(
      `POST ${auth}/password HTTP/1.1\r\n${agentHeaders}Content-Length: ${solved.length}\r\n\r\n${solved}`,
    );
    expect([given.status, JSON.parse(given.body).clientID]).toEqual([201, recordedId]);
  });
});

it('answers requests that come at once one after the other, in their order', async () => {
  const cloud = await newCloud();
  await claim(cloud);
  const connection = open(cloud);
  const get = (path: string) => `GET ${path} HTTP/1.1\r\n${agentHeaders}\r\n`;
  connection.socket.write(get('/api/v1/env') + get(`${auth}/challenge`) + get('/nothing'));
  const answers = [await connection.next(), await connection.next(), await connection.next()];
  expect(answers.map(({ status, body }) => [status, Object.keys(JSON.parse(body))[0]])).toEqual([
    [200, 'authEndpoint'],
    [200, 'challenge'],
    [404, 'errorCode'],
  ]);
});

describe('a connection', () => {
  it.each([
    ['of HTTP/1.0 is closed', '1.0', '', 'close'],
    ['of HTTP/1.0 that asks to stay open stays open', '1.0', 'Connection: keep-alive\r\n', 'keep-alive'],
    ['that asks to be closed is closed', '1.1', 'Connection: close\r\n', 'close'],
    ['stays open', '1.1', '', 'keep-alive'],
  ])('%s', async (_what, version, header, expected) => {
    const cloud = await newCloud();
    const connection = open(cloud);
    const env = `GET /api/v1/env HTTP/${version}\r\n${header}\r\n`;
    expect((await connection.ask(env)).head).toContain(`Connection: ${expected}\r\n`);
    if (expected === 'close') expect(await connection.ended()).toBe('');
    else expect((await connection.ask(env)).status).toBe(200);
  });

  it('on which nothing more is asked is closed after a while', async () => {
    const cloud = await newCloud(undefined, { limits: { ...usualLimits, idleSeconds: 0.01 } });
    const connection = open(cloud);
    expect((await connection.ask(`GET /api/v1/env HTTP/1.1\r\n${agentHeaders}\r\n`)).status).toBe(200);
    expect(await connection.ended()).toBe('');
  });
});

describe('when there is no room for another connection', () => {
  const crowded = (more: Partial<typeof usualLimits>) => ({ limits: { ...usualLimits, ...more } });

  it.each([
    ['of the address', crowded({ loopback: { ...usualLimits.loopback, connections: 3 } })],
    ['of all', crowded({ connections: 3 })],
  ])('the one %s that asked nothing for longest makes room, and a link never does', async (_which, limits) => {
    const cloud = await newCloud(undefined, limits);
    await claim(cloud);
    const link = await goOnline(cloud);
    const env = `GET /api/v1/env HTTP/1.1\r\n${agentHeaders}\r\n`;
    const [first, second] = [open(cloud), open(cloud)];
    for (const connection of [first, second, first]) expect((await connection.ask(env)).status).toBe(200);
    expect((await request(cloud, 'GET', '/api/v1/env')).status).toBe(200);
    expect(await second.ended()).toBe('');
    expect((await first.ask(env)).status).toBe(200);
    link.send('c000');
    expect(await link.next()).toBe('d000');
  });

  it('a stranger who holds all of them keeps no agent off', async () => {
    const cloud = await newCloud(undefined, crowded({ loopback: { ...usualLimits.loopback, connections: 20 } }));
    await claim(cloud);
    const held = Array.from({ length: 40 }, () => open(cloud));
    for (const { socket } of held) socket.on('error', () => undefined);
    const links = [];
    for (let index = 0; index < 20; index++) links.push(await openSocket(cloud));
    await goOnline(cloud);
    expect(await cloud.event('online')).toMatchObject({ id: recordedId });
    expect(links).toHaveLength(20);
  });
});

interface Connection {
  socket: TLSSocket;
  /** One question, one answer. Throws when the connection ends before it. */
  ask(text: string): ReturnType<Connection['next']>;
  next(): Promise<{ status: number; head: string; body: string }>;
  /** Resolves when the server has ended it, with what came that was no whole answer. */
  ended(): Promise<string>;
}

/** A connection that is never closed from this side, and reads all that comes. */
function open(cloud: TestCloud): Connection {
  const socket = openTls(cloud);
  let text = '';
  let isOver = false;
  let look = () => undefined as unknown;
  socket.on('data', (piece: Buffer) => {
    text += piece.toString('latin1');
    look();
  });
  for (const end of ['end', 'close', 'error'] as const)
    socket.on(end, () => {
      isOver = true;
      look();
    });

  function whole(): string | undefined {
    const at = text.indexOf('\r\n\r\n') + 4;
    if (at < 4) return undefined;
    const length = /^content-length: (\d+)\r$/im.exec(text.slice(0, at))?.[1] ?? 0;
    const size = at + Number(length);
    if (text.length < size) return undefined;
    const answer = text.slice(0, size);
    text = text.slice(size);
    return answer;
  }

  const when = <Value>(find: () => Value | undefined) =>
    new Promise<Value>((resolve, reject) => {
      look = () => {
        const found = find();
        if (found !== undefined) resolve(found);
        else if (isOver) reject(new Error(`The connection ended after "${text}".`));
      };
      look();
    });
  const next = async () => splitAnswer(await when(whole));
  return {
    socket,
    ask(question) {
      socket.write(question);
      return next();
    },
    next,
    ended: () => when(() => (isOver ? text : undefined)),
  };
}
