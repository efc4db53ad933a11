import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createGate } from '../../../src/standin/cloud/gate.ts';
import { usualLimits } from '../../../src/standin/cloud/limits.ts';
import { goOnline, solve } from './agent-socket.ts';
import { admin, claim, newCloud, openTls, otherKeys, recordedId, request, room, type TestCloud } from './test-cloud.ts';

const challengeOf = (id: string) => `/api/v1/auth/node/${id}/challenge`;
const passwordOf = (id: string) => `/api/v1/auth/node/${id}/password`;

/** Asks one after the other on one connection, and resolves with the statuses that there were. */
async function flood(cloud: TestCloud, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const socket = openTls(cloud);
  const statuses = new Set<string>();
  let answers = 0;
  let look = () => {};
  socket.on('data', (piece: Buffer) => {
    for (const [, status = ''] of piece.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3})/g)) {
      statuses.add(status);
      answers += 1;
    }
    look();
  });
  // Node's server hangs when more than a TLS record of requests comes at once.
  for (let start = 0; start < paths.length; start += TOGETHER) {
    const some = paths.slice(start, start + TOGETHER);
    socket.write(some.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    await new Promise<void>((resolve) => {
      look = () => answers >= start + some.length && resolve();
    });
  }
  socket.destroy();
  return statuses;
}
const TOGETHER = 100;

describe('a node stays able to link', () => {
  it('when a stranger who knows its claim id asks for 559 challenges between its own and its answer', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const own = JSON.parse((await request(cloud, 'GET', challengeOf(recordedId))).body).challenge;
    expect(await flood(cloud, Array(559).fill(challengeOf(recordedId)))).toEqual(new Set(['200']));
    const answer = await request(cloud, 'POST', passwordOf(recordedId), JSON.stringify({ response: solve(own) }));
    expect(answer.status).toBe(201);
    await goOnline(cloud);
  });

  it('when a stranger on the same machine asks for 10,000 challenges of other ids', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    await claim(cloud, { publicKey: otherKeys.publicKey, mGUID: undefined }, room);
    const others = Array.from({ length: 10_000 }, (_, index) => challengeOf(index % 10 === 0 ? room : randomUUID()));
    expect(await flood(cloud, others)).toContain('404');
    await goOnline(cloud);
  }, 60_000);

  it('when its address has used up all that it may ask', async () => {
    const none = { perSecond: 0.001, burst: 1 };
    const loopback = { ...usualLimits.loopback, requests: none };
    const cloud = await newCloud(undefined, { limits: { ...usualLimits, loopback } });
    await claim(cloud);
    const stranger = () => request(cloud, 'GET', challengeOf(room));
    expect([(await stranger()).status, (await stranger()).status]).toEqual([404, 503]);
    expect((await request(cloud, 'GET', `/api/v1/env?claim_id=${recordedId}`)).status).toBe(200);
    await goOnline(cloud);
    expect((await admin(cloud, 'GET', 'nodes')).status).toBe(200);
    expect((await request(cloud, 'GET', '/')).status).toBe(200);
    expect((await request(cloud, 'GET', '/standin/v1/nodes')).status).toBe(429);
  });

  it('when another address asks in its name as often as it can', () => {
    const gate = createGate(usualLimits, () => 0);
    const asked = (address: string, own: string) => gate.spend('requests', address, own);
    while (asked('192.0.2.1', 'node a') === undefined);
    expect(asked('192.0.2.1', 'node a')).toBeGreaterThan(0);
    expect(asked('192.0.2.2', 'node a')).toBeUndefined();
    expect(asked('192.0.2.1', 'node b')).toBeUndefined();
  });
});

describe('an administrator', () => {
  const signIn = (cloud: TestCloud, password: string) =>
    request(cloud, 'POST', '/standin/v1/sign-in', JSON.stringify({ name: 'admin', password }));

  it('signs in while another user of the machine tries wrong passwords, and has the admin token all the time', async () => {
    const cloud = await newCloud();
    for (let count = 0; count < 5; count++) expect((await signIn(cloud, 'wrong')).status).toBe(401);
    // These wait for their refusal.
    for (let count = 0; count < 20; count++) void signIn(cloud, 'wrong').catch(() => undefined);
    expect((await signIn(cloud, cloud.first.password)).status).toBe(204);
    expect((await admin(cloud, 'GET', 'nodes')).status).toBe(200);
  });
});
