import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCloud } from '../../../src/standin/cloud/server.ts';
import { connectionReport, goOnline, openSocket } from './agent-socket.ts';
import { admin, claim, exchange, newCloud, newDirectory, nodeView, openTls, recordedId, request } from './test-cloud.ts';

const root = `/agent/${recordedId}`;

describe('a Cloud that starts again', () => {
  it('knows its nodes, and that they were online once', async () => {
    const dataDirectory = await newDirectory();
    const first = await newCloud(dataDirectory);
    await claim(first);
    const agent = await goOnline(first);
    await first.close();
    expect(await agent.next()).toBe('closed');

    const second = await newCloud(dataDirectory);
    expect(second.ca).toBe(first.ca);
    expect(await nodeView(second)).toMatchObject({ hostname: 'vm', link: { state: 'offline', reason: 'closed' } });
    await goOnline(second);
    expect(await nodeView(second)).toMatchObject({ link: { state: 'online' } });
  });

  it('keeps secrets to its owner', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const modes = ['ca.key', 'server.key', 'admin-token', 'cloud.db', 'cloud.db-wal'].map(async (name) => {
      return [name, ((await stat(join(cloud.dataDirectory, name))).mode & 0o777).toString(8)];
    });
    expect(await Promise.all(modes)).toEqual([
      ['ca.key', '600'],
      ['server.key', '600'],
      ['admin-token', '600'],
      ['cloud.db', '600'],
      ['cloud.db-wal', '600'],
    ]);
  });

  it('makes a space with a token and two rooms when there is none, and tells its secrets this once', async () => {
    const dataDirectory = await newDirectory();
    const cloud = await startCloud({ host: '127.0.0.1', port: 0, dataDirectory });
    expect(cloud.first).toMatchObject({
      space: { name: 'My space' },
      rooms: [{ name: 'All nodes' }, { name: 'Second room' }],
      token: expect.stringMatching(/^[0-9a-f]{64}$/),
      administrator: 'admin',
      password: expect.stringMatching(/^[0-9a-f]{24}$/),
    });
    await cloud.close();
    const again = await startCloud({ host: '127.0.0.1', port: 0, dataDirectory });
    onTestFinished(() => again.close());
    expect(again.first).toBeUndefined();
    const kept = await Promise.all((await readdir(dataDirectory)).map((name) => readFile(join(dataDirectory, name), 'latin1')));
    for (const secret of [cloud.first?.token ?? '', cloud.first?.password ?? '']) expect(kept.join('')).not.toContain(secret);
  });

  it('writes nothing into the directory of another that runs', async () => {
    const { dataDirectory } = await newCloud();
    for (const name of ['admin-token', 'ca.key', 'ca.pem', 'server.pem']) await rm(join(dataDirectory, name));
    const before = (await readdir(dataDirectory)).sort();
    await expect(startCloud({ host: '127.0.0.1', port: 0, dataDirectory })).rejects.toMatchObject({
      code: 'CLOUD_DATA_UNUSABLE',
      why: 'Another process uses it: probably another kickstart cloud with the same --data directory.',
    });
    expect((await readdir(dataDirectory)).sort()).toEqual(before);
  });

  it('tells the secrets of its first start at the next one when this one ends at a damaged CA', async () => {
    const dataDirectory = await newDirectory();
    for (const name of ['ca.key', 'ca.pem']) await writeFile(join(dataDirectory, name), 'half of a k');
    await expect(startCloud({ host: '127.0.0.1', port: 0, dataDirectory })).rejects.toMatchObject({
      code: 'CLOUD_DATA_UNUSABLE',
    });
    expect((await readdir(dataDirectory)).sort()).toEqual(['ca.key', 'ca.pem']);
  });
});

describe('rubbish', () => {
  it('as an HTTP request is refused, and the server goes on', async () => {
    const cloud = await newCloud();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const answer = await exchange(cloud, Buffer.concat([bytes, Buffer.from('\r\n\r\n\r\n')])).catch(() => '');
        expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
      }),
      { numRuns: 40 },
    );
    expect((await request(cloud, 'GET', '/')).status).toBe(200);
  });

  it('as a claim is refused with 400 or 422, and the server goes on', async () => {
    const cloud = await newCloud();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (body) => {
        const answer = await request(cloud, 'PUT', `/api/v1/spaces/nodes/${recordedId}`, body);
        expect([400, 422]).toContain(answer.status);
        expect(answer.body).toContain('"errorMsgKey":"Err');
      }),
      { numRuns: 40 },
    );
    expect((await claim(cloud)).status).toBe(204);
  });

  it('in MQTT ends that connection only', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const steady = await goOnline(cloud);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 2, maxLength: 100 }), async (bytes) => {
        const socket = await openSocket(cloud);
        socket.send(Buffer.concat([bytes, Buffer.from('ffffffffffff', 'hex')]));
        socket.sendFrame(8, Buffer.alloc(0));
        expect(await socket.next()).toMatch(/^(closed|frame 88 .*|200200.*)$/);
        socket.destroy();
      }),
      { numRuns: 40 },
    );
    steady.send('c000');
    expect(await steady.next()).toBe('d000');
  });

  it('after CONNECT fires the will and ends that connection', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), async (bytes) => {
        const socket = await goOnline(cloud);
        // A packet of type 0 is none: whatever the bytes before it are, the connection is over.
        socket.send(Buffer.concat([packetOf(bytes), Buffer.from('0000', 'hex')]));
        for (let frame = ''; frame !== 'closed'; ) frame = await socket.next();
      }),
      { numRuns: 25 },
    );
    expect(await nodeView(cloud)).toMatchObject({ link: { state: 'offline' } });
  });

  it('as a WebSocket frame ends that connection only', async () => {
    const cloud = await newCloud();
    const socket = await openSocket(cloud);
    socket.sendFrame(3, Buffer.from('reserved opcode'));
    expect(await socket.next()).toMatch(/^(frame 88 .*|closed)$/);
    expect((await request(cloud, 'GET', '/')).status).toBe(200);
  });

  it('instead of TLS ends that connection only', async () => {
    const cloud = await newCloud();
    const socket = connectTcp(cloud.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await new Promise((resolve) => socket.on('close', resolve));
    expect((await request(cloud, 'GET', '/')).status).toBe(200);
  });
});

describe('the limits', () => {
  it('refuse a body of more than 64 KiB', async () => {
    const answer = await request(await newCloud(), 'PUT', `/api/v1/spaces/nodes/${recordedId}`, 'x'.repeat(70_000));
    expect(answer.status).toBe(413);
  });

  it('refuse headers of more than 16 KiB', async () => {
    const answer = await request(await newCloud(), 'GET', '/', undefined, `X-Long: ${'x'.repeat(20_000)}\r\n`);
    expect(answer.status).toBe(431);
  });
});

describe('closing', () => {
  it('fires no will: it is the Cloud that goes, and not the agent', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const agent = await goOnline(cloud);
    await cloud.close();
    expect(await agent.next()).toBe('closed');
    expect(await cloud.event('offline')).toMatchObject({ reason: 'closed' });
    expect(cloud.events.some(({ kind }) => kind === 'will')).toBe(false);
  });

  it('ends connections that are open, idle or hanging', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    await admin(cloud, 'PUT', 'misbehaviour', { endpoint: 'env', hang: true });
    const [online, hanging, idle] = [await goOnline(cloud), openTls(cloud), openTls(cloud)];
    const gone = [hanging, idle].map(
      (socket) => new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve)),
    );
    await new Promise((resolve) => idle.once('secureConnect', resolve));
    hanging.write('GET /api/v1/env HTTP/1.1\r\n\r\n');
    await cloud.close();
    expect(await online.next()).toBe('closed');
    await Promise.all(gone);
  });
});

describe('the first page', () => {
  it('says that this is a stand-in', async () => {
    const { status, body } = await request(await newCloud(), 'GET', '/');
    expect(status).toBe(200);
    expect(body).toContain('stand-in for Netdata Cloud');
  });
});

it('tells no secret in its events', async () => {
  const cloud = await newCloud();
  await claim(cloud);
  const agent = await goOnline(cloud);
  agent.sendPacket({
    cmd: 'publish',
    topic: `${root}/outbound/v1/agent-connection`,
    payload: connectionReport(recordedId, true),
    qos: 0,
    dup: false,
    retain: false,
  });
  await cloud.event('reachable');
  const told = JSON.stringify(cloud.events);
  expect(told).not.toContain('TESTTOKEN');
  expect(told).not.toContain('BEGIN');
  expect(told).not.toContain(cloud.adminToken);
});

// Random bytes as one packet of the length that they have, so that the parser of packets sees them.
function packetOf([first = 0, ...rest]: Uint8Array): Buffer {
  return Buffer.from([first, rest.length, ...rest]);
}
