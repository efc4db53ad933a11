import { readdir, readFile, stat } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCloud } from '../../../src/standin/cloud/server.ts';
import { connectionReport, goOnline, openSocket, solve, upgradeRequest } from './agent-socket.ts';
import { type RecordedEvent, readRecording } from './recording.ts';
import {
  admin,
  agentKeys,
  claim,
  exchange,
  newCloud,
  newDirectory,
  nodeView,
  openTls,
  recordedId,
  request,
  splitAnswer,
  type TestCloud,
} from './test-cloud.ts';

const recording = await readRecording('agent-1.37.1-claim-and-link');
const root = `/agent/${recordedId}`;

describe('the recorded exchange of agent 1.37.1', () => {
  it('claims, connects, gets its node id, answers a query and leaves', async () => {
    const cloud = await newCloud();

    // The recorded private key is not there: the test's own takes its place, and is as long.
    const put = recorded('HTTP-REQ', 'PUT');
    const ownKey = JSON.stringify(agentKeys.publicKey);
    const body = put.body?.replace(/"publicKey" : "[^"]*"/, `"publicKey" : ${ownKey}`) ?? '';
    expect(Buffer.byteLength(body)).toBe(713);
    expect(await exchange(cloud, put.raw + body)).toBe('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');

    const env = await replay(cloud, recorded('HTTP-REQ', 'GET /api/v1/env').raw);
    expect(narrowed(env.head)).toBe(
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${env.body.length}\r\n\r\n`,
    );
    expect(JSON.parse(env.body)).toEqual({
      authEndpoint: `https://cloud.test:${cloud.port}/api/v1/auth`,
      encoding: 'proto',
      capabilities: ['proto', 'ctx'],
      transports: [
        { type: 'MQTTv5', endpoint: `wss://cloud.test:${cloud.port}/mqtt` },
        { type: 'MQTTv3', endpoint: `wss://cloud.test:${cloud.port}/mqtt` },
      ],
      backoff: { base: 2, maxSeconds: 500, minSeconds: 0 },
    });

    const challenge = await replay(cloud, recorded('HTTP-REQ', `GET /api/v1/auth/node/${recordedId}/challenge`).raw);
    expect(narrowed(challenge.head)).toBe('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 360\r\n\r\n');

    const post = recorded('HTTP-REQ', 'POST');
    const response = JSON.stringify({ response: solve(JSON.parse(challenge.body).challenge) });
    expect(response.length).toBe(post.body?.length);
    const password = await replay(cloud, post.raw + response);
    expect(narrowed(password.head)).toMatch(
      /^HTTP\/1\.1 201 Created\r\nContent-Type: application\/json\r\nContent-Length: \d+\r\n\r\n$/,
    );
    const credentials = JSON.parse(password.body);
    const recordedCredentials = JSON.parse(recorded('HTTP-RESP', '201').raw?.split('\r\n\r\n')[1] ?? '');
    expect(Object.keys(credentials)).toEqual(Object.keys(recordedCredentials));
    expect(credentials.topics.slice(0, 20)).toEqual(recordedCredentials.topics);

    const upgrade = recorded('HTTP-REQ', 'GET /mqtt');
    expect(upgradeRequest).toBe(upgrade.raw);
    const agent = await openSocket(cloud);
    expect(agent.handshake).toBe(recorded('HTTP-RESP', '101').raw);

    const connect = recorded('WS-FRAME', 'op=2 fin=1 masked=1 len=263').hex ?? '';
    agent.send(connect.replace(hex(recordedCredentials.password), hex(credentials.password)));
    expect(await agent.next()).toBe('2003000000');

    agent.send(subscribe(1, `${root}/inbound/cmd`));
    expect(await agent.next()).toBe('900400010001');
    agent.send(subscribe(2, `${root}/inbound/v1/cmd/+`));
    expect(await agent.next()).toBe('900400020001');

    // Header and payload in a frame each, as recorded. The recording keeps 80 bytes of a payload; the rest is its capabilities.
    const capabilities =
      '70726f746f10011801 8a01040a026d6c 8a01080a026d6310011801 8a01090a0363747810011801 8a010b0a0566756e637310011801';
    const reachable = `${recorded('MQTT-RX', 'PUBLISH').raw}${capabilities.replaceAll(' ', '')}`;
    const header = publishHeader(`${root}/outbound/v1/agent-connection`, 3, 133);
    expect([header.length / 2, reachable.length / 2]).toEqual([80, 133]);
    expect(header.slice(0, 64)).toBe('32d20100482f6167656e742f31643339646531612d653463652d313166312d61');
    agent.send(header);
    agent.send(reachable);
    expect(await agent.next()).toBe('40020003');

    const sendNodeInstances = await agent.next();
    expect(sendNodeInstances.length / 2).toBe(121);
    expect(sendNodeInstances.slice(0, 160)).toBe(
      recorded('MQTT-TX', `PUBLISH topic=${root}/inbound/v1/cmd/SendNodeInstances`).raw,
    );
    agent.send('40020001');

    const create = recorded('MQTT-RX', `PUBLISH topic=${root}/outbound/v1/node-instance/create`).raw ?? '';
    agent.send(publishHeader(`${root}/outbound/v1/node-instance/create`, 4, 80));
    agent.send(create);
    expect(await agent.next()).toBe('40020004');
    const result = await agent.next();
    expect(result.length / 2).toBe(167);
    expect(result.slice(0, 160)).toBe(recorded('MQTT-TX', `PUBLISH topic=${root}/inbound/v1/cmd/CreateNodeInstanceResult`).raw);
    agent.send('40020002');

    const nodeId = Buffer.from(result.slice(-152), 'hex').subarray(2, 38).toString();
    const { raw = '' } = recorded('MQTT-RX', `PUBLISH topic=${root}/outbound/v1/node-instance/connection`);
    agent.send(publishHeader(`${root}/outbound/v1/node-instance/connection`, 5, 80));
    agent.send(raw.replace(hex('8915e5fe-5a2d-402d-a21a-716dcc462219'), hex(nodeId)));
    expect(await agent.next()).toBe('40020005');

    expect(await nodeView(cloud)).toMatchObject({
      hostname: 'vm',
      nodeId,
      agentVersion: '1.37.1',
      liveness: true,
      queryable: true,
      link: { state: 'online', transport: 'wss', mqttLevel: 5, address: '127.0.0.1', reachable: true },
    });

    const answer = admin(cloud, 'POST', `nodes/${recordedId}/query`, { path: '/api/v1/info' });
    const question = Buffer.from(await agent.next(), 'hex');
    expect(question.subarray(3, 63).toString('hex')).toBe(`0037${hex(`${root}/inbound/cmd`)}000300`);
    const [requestHeader = '', requestText] = question.subarray(63).toString().split('\r\n\r\n');
    expect(requestText).toBe('GET /api/v1/info HTTP/1.1');
    const callbackTopic = JSON.parse(requestHeader)['callback-topic'];
    agent.send('40020003');
    const reply = hex(`{"type":"http","msg-id":"x","http-code":200}\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}`);
    agent.send(publishHeader(callbackTopic, 8, reply.length / 2) + reply);
    expect(await agent.next()).toBe('40020008');
    expect(JSON.parse((await answer).body)).toEqual({ status: 200, headers: { 'content-length': '2' }, body: '{}' });

    agent.send('e000');
    agent.sendFrame(8, Buffer.from('03e8', 'hex'));
    expect(await cloud.event('offline')).toMatchObject({ id: recordedId, reason: 'graceful' });
    expect(cloud.events.map(({ kind }) => kind)).not.toContain('will');
  });
});

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

function recorded(kind: string, summary: string): RecordedEvent {
  const event = recording.find(({ k, s }) => k === kind && s?.startsWith(summary));
  if (event === undefined) throw new Error(`The recording has no ${kind} ${summary}.`);
  return event;
}

async function replay(cloud: TestCloud, text = '') {
  return splitAnswer(await exchange(cloud, text));
}

// The recorded server closed without saying so.
function narrowed(head: string): string {
  return head.replace('Connection: close\r\n', '');
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}

// Version 5, options 09: QoS 1, retain as published.
function subscribe(messageId: number, topic: string): string {
  const rest = `${number(messageId)}00${number(topic.length)}${hex(topic)}09`;
  return `82${(rest.length / 2).toString(16)}${rest}`;
}

// Version 5, QoS 1, no properties.
function publishHeader(topic: string, messageId: number, payloadBytes: number): string {
  const rest = `${number(topic.length)}${hex(topic)}${number(messageId)}00`;
  const length = rest.length / 2 + payloadBytes;
  return `32${length < 128 ? length.toString(16).padStart(2, '0') : byte((length % 128) | 128) + byte(length >> 7)}${rest}`;
}

function number(value: number): string {
  return value.toString(16).padStart(4, '0');
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

// Random bytes as one packet of the length that they have, so that the parser of packets sees them.
function packetOf([first = 0, ...rest]: Uint8Array): Buffer {
  return Buffer.from([first, rest.length, ...rest]);
}
