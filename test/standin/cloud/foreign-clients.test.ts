import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type MqttClient } from 'mqtt';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { CloudEvent } from '../../../src/standin/cloud/cloud-event.ts';
import { startCloud } from '../../../src/standin/cloud/server.ts';
import { connectionReport, oneTimePassword } from './agent-socket.ts';
import { admin, claim, nodeView, type ReachableCloud, room, token } from './test-cloud.ts';

// One Cloud for all tests of this file, with a node for each: starting it takes longer than they do.
let cloud: ReachableCloud;
const events: CloudEvent[] = [];
const watchers = new Set<(event: CloudEvent) => void>();

beforeAll(async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'standin-cloud-'));
  const rooms = [{ id: room, name: 'All nodes' }];
  await writeFile(join(dataDirectory, 'space.json'), JSON.stringify({ name: 'Foreign clients', token, rooms }));
  const onEvent = (event: CloudEvent) => {
    events.push(event);
    for (const watch of watchers) watch(event);
  };
  const started = await startCloud({ host: '127.0.0.1', port: 0, dataDirectory, onEvent });
  cloud = { ...started, port: Number(new URL(started.url).port), ca: await readFile(started.caFile, 'utf8') };
  return async () => {
    await started.close();
    await rm(dataDirectory, { recursive: true });
  };
});

describe.each([5, 4] as const)('mqtt.js over a secure WebSocket, protocol level %i,', (level) => {
  it('gets the node id of its agent: QoS 1 both ways', async () => {
    const node = await claimedNode();
    const client = await connected(node, level);
    const granted = await client.subscribeAsync([`${node.root}/inbound/cmd`, `${node.root}/inbound/v1/cmd/+`], { qos: 1 });
    expect(granted.map(({ qos }) => qos)).toEqual([1, 1]);

    const asked = nextMessage(client);
    await client.publishAsync(`${node.root}/outbound/v1/agent-connection`, connectionReport(node.id, true), { qos: 1 });
    expect(await asked).toEqual({
      topic: `${node.root}/inbound/v1/cmd/SendNodeInstances`,
      qos: 1,
      payload: Buffer.concat([Buffer.from([0x0a, 36]), Buffer.from(node.id)]),
    });

    const given = nextMessage(client);
    const create = Buffer.concat([Buffer.from([0x0a, 36]), Buffer.from(node.id), Buffer.from([0x12, 36]), Buffer.from(node.id)]);
    await client.publishAsync(`${node.root}/outbound/v1/node-instance/create`, create, { qos: 1 });
    const result = await given;
    expect(result.topic).toBe(`${node.root}/inbound/v1/cmd/CreateNodeInstanceResult`);
    expect(await nodeView(cloud, node.id)).toMatchObject({
      nodeId: result.payload.subarray(2, 38).toString(),
      link: { state: 'online', transport: 'wss', mqttLevel: level, address: '127.0.0.1', reachable: true },
    });
  });

  it('answers a query that comes to it', async () => {
    const node = await claimedNode();
    const client = await connected(node, level);
    await client.subscribeAsync(`${node.root}/inbound/cmd`, { qos: 1 });
    const asked = nextMessage(client);
    const answer = admin(cloud, 'POST', `nodes/${node.id}/query`, { path: '/api/v1/info' });
    const [header = '', request] = (await asked).payload.toString().split('\r\n\r\n');
    expect(request).toBe('GET /api/v1/info HTTP/1.1');
    const callback = JSON.parse(header)['callback-topic'];
    await client.publishAsync(callback, '{"type":"http"}\r\n\r\nHTTP/1.1 200 OK\r\nX-By: mqtt.js\r\n\r\nyes', { qos: 1 });
    expect(JSON.parse((await answer).body)).toEqual({ status: 200, headers: { 'x-by': 'mqtt.js' }, body: 'yes' });
  });

  it('is acknowledged with every QoS there is', async () => {
    const node = await claimedNode();
    const client = await connected(node, level);
    for (const qos of [0, 1, 2] as const) {
      await client.publishAsync(`${node.root}/outbound/v1/alarm/log`, 'x'.repeat(70_000), { qos });
    }
    expect(client.connected).toBe(true);
  });

  it('is offline by its will when the connection breaks', async () => {
    const node = await claimedNode();
    const client = await connected(node, level);
    client.stream.destroy();
    expect(await node.event('offline')).toMatchObject({ reason: 'will' });
    expect(node.kinds()).toContain('will');
  });

  it('is offline without a will when it says goodbye', async () => {
    const node = await claimedNode();
    const client = await connected(node, level);
    await client.endAsync();
    expect(await node.event('offline')).toMatchObject({ reason: 'graceful' });
    expect(node.kinds()).not.toContain('will');
  });

  it('gives way to a second connection with its id, and the node stays online', async () => {
    const node = await claimedNode();
    const first = await connected(node, level);
    const over = new Promise((resolve) => first.once('close', () => resolve('closed')));
    const second = await connected(node, level);
    expect(await over).toBe('closed');
    await second.publishAsync(`${node.root}/outbound/v1/agent-connection`, connectionReport(node.id, true), { qos: 1 });
    expect(await nodeView(cloud, node.id)).toMatchObject({ link: { state: 'online', reachable: true } });
    expect(node.kinds()).not.toContain('offline');
  });

  it('may not subscribe to what is not its own', async () => {
    const [node, other] = [await claimedNode(), await claimedNode()];
    const client = await connected(node, level);
    for (const filter of [`${other.root}/inbound/cmd`, '/agent/+/inbound/cmd', '#', '$SYS/#']) {
      const refusal = client.subscribeAsync(filter, { qos: 1 });
      await expect(refusal).rejects.toMatchObject({ packet: { granted: [level === 5 ? 0x87 : 0x80] } });
    }
  });

  it('is cut off when it publishes for another node', async () => {
    const [node, other] = [await claimedNode(), await claimedNode()];
    const client = await connected(node, level);
    const over = new Promise((resolve) => client.once('close', () => resolve('closed')));
    client.publish(`${other.root}/outbound/v1/agent-connection`, connectionReport(other.id, true), { qos: 1 });
    expect(await over).toBe('closed');
    expect(await nodeView(cloud, other.id)).toMatchObject({ link: { state: 'never-connected' } });
    expect(other.kinds()).toEqual(['claimed']);
  });

  it('is refused with a password that is not good', async () => {
    const node = await claimedNode();
    const refused = opened(node, level, 'no such password');
    const code = await new Promise((resolve) => refused.once('error', (error) => resolve('code' in error && error.code)));
    expect(code).toBe(level === 5 ? 0x87 : 5);
  });

  it('is refused with a password that was used', async () => {
    const node = await claimedNode();
    const password = await oneTimePassword(cloud, node.id);
    await online(opened(node, level, password));
    const refused = opened(node, level, password);
    const code = await new Promise((resolve) => refused.once('error', (error) => resolve('code' in error && error.code)));
    expect(code).toBe(level === 5 ? 0x87 : 5);
  });
});

interface ClaimedNode {
  id: string;
  /** Its topics are below this one. */
  root: string;
  /** Resolves with the first event of the node, past or to come, of the kind. */
  event(kind: CloudEvent['kind']): Promise<CloudEvent>;
  /** The kinds of all that happened to the node, in order. */
  kinds(): readonly CloudEvent['kind'][];
}

async function claimedNode(): Promise<ClaimedNode> {
  const id = randomUUID();
  expect((await claim(cloud, { mGUID: id }, id)).status).toBe(204);
  const isOwn = (event: CloudEvent) => 'id' in event && event.id === id;
  return {
    id,
    root: `/agent/${id}`,
    async event(kind) {
      const isWanted = (event: CloudEvent) => isOwn(event) && event.kind === kind;
      const { promise, resolve } = Promise.withResolvers<CloudEvent>();
      watchers.add((event) => isWanted(event) && resolve(event));
      return events.find(isWanted) ?? promise;
    },
    kinds: () => events.filter(isOwn).map(({ kind }) => kind),
  };
}

async function connected(node: ClaimedNode, level: 4 | 5): Promise<MqttClient> {
  return online(opened(node, level, await oneTimePassword(cloud, node.id)));
}

/** With the library's own WebSocket, TLS, parser and packet numbers, and a will as agents have one. */
function opened({ id, root }: ClaimedNode, level: 4 | 5, password: string): MqttClient {
  const client = connect(`wss://127.0.0.1:${cloud.port}/mqtt`, {
    protocolVersion: level,
    clientId: id,
    username: id,
    password,
    ca: cloud.ca,
    reconnectPeriod: 0,
    will: { topic: `${root}/outbound/v1/agent-connection`, payload: connectionReport(id, false), qos: 1, retain: false },
  });
  client.on('error', () => undefined); // who waits for one looks at it
  onTestFinished(() => void client.end(true));
  return client;
}

function online(client: MqttClient): Promise<MqttClient> {
  return new Promise((resolve, reject) => client.once('connect', () => resolve(client)).once('error', reject));
}

function nextMessage(client: MqttClient): Promise<{ topic: string; qos: number; payload: Buffer }> {
  return new Promise((resolve) => client.once('message', (topic, payload, { qos }) => resolve({ topic, qos, payload })));
}
