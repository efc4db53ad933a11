import { describe, expect, it } from 'vitest';
import { createGate } from '../../../src/standin/cloud/gate.ts';
import { countedAddress, isLoopback, type Limits, usualLimits } from '../../../src/standin/cloud/limits.ts';
import { createTokenBuckets } from '../../../src/standin/cloud/token-buckets.ts';
import { claim, newCloud, nodeView, request } from './test-cloud.ts';

const strict: Limits = {
  connections: 3,
  loopback: {
    connections: 2,
    requests: { perSecond: 0.1, burst: 3 },
    claims: { perSecond: 0.1, burst: 1 },
    links: { perSecond: 0.1, burst: 1 },
  },
  elsewhere: usualLimits.elsewhere,
  own: { perSecond: 0.1, burst: 4 },
  idleSeconds: usualLimits.idleSeconds,
};

it.each([
  ['127.0.0.1', '127.0.0.1', true],
  ['::ffff:127.0.0.2', '127.0.0.1', true],
  ['127.255.1.2', '127.0.0.1', true],
  ['::1', '127.0.0.1', true],
  ['10.1.2.3', '10.1.2.3', false],
  ['::ffff:10.1.2.3', '10.1.2.3', false],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', false],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64', false],
  ['2001:db8::1', '2001:db8:0:0::/64', false],
  ['fe80::1%eth0', 'fe80:0:0:0::/64', false],
  ['unknown', 'unknown', false],
])('%s counts as %s', (address, counted, loopback) => {
  expect([countedAddress(address), isLoopback(countedAddress(address))]).toEqual([counted, loopback]);
});

it('has room for ten thousand agents of this machine', () => {
  expect([usualLimits.connections, usualLimits.loopback.connections]).toEqual([12_000, 11_000]);
});

describe('a bucket', () => {
  it('gives a burst, then the rate, and says how long to wait', () => {
    let now = 0;
    const buckets = createTokenBuckets(() => now);
    const take = () => buckets.take('a', { perSecond: 0.5, burst: 2 });
    expect([take(), take(), take()]).toEqual([undefined, undefined, 2]);
    expect(buckets.take('b', { perSecond: 0.5, burst: 2 })).toBeUndefined();
    now += 1000;
    expect(take()).toBe(1);
    now += 1000;
    expect([take(), take()]).toEqual([undefined, 2]);
  });

  it('can be filled before its time', () => {
    const buckets = createTokenBuckets(() => 0);
    const take = () => buckets.take('a', { perSecond: 1, burst: 1 });
    expect([take(), take()]).toEqual([undefined, 1]);
    buckets.fill('a');
    expect(take()).toBeUndefined();
  });

  it('is forgotten when it is full again, and the oldest when there are too many', () => {
    let now = 0;
    const buckets = createTokenBuckets(() => now);
    const rate = { perSecond: 1, burst: 5 };
    for (let index = 0; index < 12_000; index++) buckets.take(`${index}`, rate);
    expect(buckets.size()).toBe(10_000);
    now += 1000;
    buckets.take('one more', rate);
    expect(buckets.size()).toBe(1);
  });
});

it('counts connections of an address until they leave', () => {
  const gate = createGate(strict);
  expect([gate.enter('127.0.0.1'), gate.enter('::ffff:127.0.0.1'), gate.enter('127.0.0.1')]).toEqual([true, true, false]);
  expect([gate.enter('127.0.0.2'), gate.enter('::1'), gate.enter('10.1.2.3')]).toEqual([false, false, true]);
  gate.leave('127.0.0.1');
  expect(gate.enter('127.0.0.1')).toBe(true);
});

it('counts connections of all addresses together', () => {
  const gate = createGate(strict);
  expect(['127.0.0.1', '10.0.0.1', '10.0.0.2'].map(gate.enter)).toEqual([true, true, true]);
  expect([gate.isFull(), gate.enter('10.0.0.3')]).toEqual([true, false]);
  gate.leave('10.0.0.1');
  expect([gate.isFull(), gate.enter('10.0.0.3')]).toEqual([false, true]);
});

describe('an address that wants too much', () => {
  it('is told so as agents understand it, and to wait', async () => {
    const cloud = await newCloud(undefined, { limits: strict });
    expect((await claim(cloud)).status).toBe(204);
    const refused = await claim(cloud);
    expect([refused.status, JSON.parse(refused.body)]).toEqual([
      503,
      {
        errorCode: '503',
        errorMsgKey: 'ErrServiceUnavailable',
        errorMessage: 'too many requests from this address',
        errorNonRetryable: false,
        errorRetryDelaySeconds: 10,
      },
    ]);
    expect(refused.head).toContain('Retry-After: 10\r\n');
    expect((await nodeView(cloud)).hostname).toBe('vm');
    for (const _ of [1, 2, 3]) expect((await request(cloud, 'GET', '/api/v1/env')).status).toBe(200);
    expect((await request(cloud, 'GET', '/api/v1/env')).status).toBe(503);
    expect((await request(cloud, 'GET', '/standin/v1/nodes')).status).toBe(429);
  });
});
