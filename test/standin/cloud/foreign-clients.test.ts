import { connect, type MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectionReport, oneTimePassword } from './agent-socket.ts';
import { admin, claim, newCloud, nodeView, recordedId, type TestCloud } from './test-cloud.ts';

const root = `/agent/${recordedId}`;
const otherId = '2d39de1a-e4ce-11f1-aeea-02fc00000002';

describe.each([5, 4] as const)('mqtt.js over a secure WebSocket, protocol level %i,', (level) => {
  it('gets the node id of its agent: QoS 1 both ways', async () => {
    const cloud = await claimedCloud();
    const client = await connected(cloud, level);
    const granted = await client.subscribeAsync([`${root}/inbound/cmd`, `${root}/inbound/v1/cmd/+`], { qos: 1 });
    expect(granted.map(({ qos }) => qos)).toEqual([1, 1]);

    const asked = nextMessage(client);
    await client.publishAsync(`${root}/outbound/v1/agent-connection`, connectionReport(recordedId, true), { qos: 1 });
    expect(await asked).toEqual({
      topic: `${root}/inbound/v1/cmd/SendNodeInstances`,
      qos: 1,
      payload: Buffer.concat([Buffer.from([0x0a, 36]), Buffer.from(recordedId)]),
    });

    const given = nextMessage(client);
    const create = Buffer.concat([
      Buffer.from([0x0a, 36]),
      Buffer.from(recordedId),
      Buffer.from([0x12, 36]),
      Buffer.from(recordedId),
    ]);
    await client.publishAsync(`${root}/outbound/v1/node-instance/create`, create, { qos: 1 });
    const result = await given;
    expect(result.topic).toBe(`${root}/inbound/v1/cmd/CreateNodeInstanceResult`);
    expect(await nodeView(cloud)).toMatchObject({
      nodeId: result.payload.subarray(2, 38).toString(),
      link: { state: 'online', transport: 'wss', mqttLevel: level, address: '127.0.0.1', reachable: true },
    });
  });

  it('answers a query that comes to it', async () => {
    const cloud = await claimedCloud();
    const client = await connected(cloud, level);
    await client.subscribeAsync(`${root}/inbound/cmd`, { qos: 1 });
    const asked = nextMessage(client);
    const answer = admin(cloud, 'POST', `nodes/${recordedId}/query`, { path: '/api/v1/info' });
    const [header = '', request] = (await asked).payload.toString().split('\r\n\r\n');
    expect(request).toBe('GET /api/v1/info HTTP/1.1');
    const callback = JSON.parse(header)['callback-topic'];
    await client.publishAsync(callback, '{"type":"http"}\r\n\r\nHTTP/1.1 200 OK\r\nX-By: mqtt.js\r\n\r\nyes', { qos: 1 });
    expect(JSON.parse((await answer).body)).toEqual({ status: 200, headers: { 'x-by': 'mqtt.js' }, body: 'yes' });
  });

  it('is acknowledged with every QoS there is', async () => {
    const client = await connected(await claimedCloud(), level);
    for (const qos of [0, 1, 2] as const) {
      await client.publishAsync(`${root}/outbound/v1/alarm/log`, 'x'.repeat(70_000), { qos });
    }
    expect(client.connected).toBe(true);
  });

  it('is offline by its will when the connection breaks', async () => {
    const cloud = await claimedCloud();
    const client = await connected(cloud, level);
    client.stream.destroy();
    expect(await cloud.event('offline')).toMatchObject({ id: recordedId, reason: 'will' });
    expect(cloud.events.map(({ kind }) => kind)).toContain('will');
  });

  it('is offline without a will when it says goodbye', async () => {
    const cloud = await claimedCloud();
    const client = await connected(cloud, level);
    await client.endAsync();
    expect(await cloud.event('offline')).toMatchObject({ id: recordedId, reason: 'graceful' });
    expect(cloud.events.map(({ kind }) => kind)).not.toContain('will');
  });

  it('gives way to a second connection with its id, and the node stays online', async () => {
    const cloud = await claimedCloud();
    const first = await connected(cloud, level);
    const over = new Promise((resolve) => first.once('close', () => resolve('closed')));
    const second = await connected(cloud, level);
    expect(await over).toBe('closed');
    await second.publishAsync(`${root}/outbound/v1/agent-connection`, connectionReport(recordedId, true), { qos: 1 });
    expect(await nodeView(cloud)).toMatchObject({ link: { state: 'online', reachable: true } });
    expect(cloud.events.map(({ kind }) => kind)).not.toContain('offline');
  });

  it('may not subscribe to what is not its own', async () => {
    const client = await connected(await claimedCloud(), level);
    for (const filter of [`/agent/${otherId}/inbound/cmd`, '/agent/+/inbound/cmd', '#', '$SYS/#']) {
      const refusal = client.subscribeAsync(filter, { qos: 1 });
      await expect(refusal).rejects.toMatchObject({ packet: { granted: [level === 5 ? 0x87 : 0x80] } });
    }
  });

  it('is cut off when it publishes for another node', async () => {
    const cloud = await claimedCloud();
    expect((await claim(cloud, {}, otherId)).status).toBe(204);
    const client = await connected(cloud, level);
    const over = new Promise((resolve) => client.once('close', () => resolve('closed')));
    client.publish(`/agent/${otherId}/outbound/v1/agent-connection`, connectionReport(otherId, true), { qos: 1 });
    expect(await over).toBe('closed');
    expect(await nodeView(cloud, otherId)).toMatchObject({ link: { state: 'never-connected' } });
    expect(cloud.events).not.toContainEqual({ kind: 'reachable', id: otherId, reachable: true });
  });

  it('is refused with a password that is not good', async () => {
    const cloud = await claimedCloud();
    const refused = opened(cloud, level, 'no such password');
    const code = await new Promise((resolve) => refused.once('error', (error) => resolve('code' in error && error.code)));
    expect(code).toBe(level === 5 ? 0x87 : 5);
  });

  it('is refused with a password that was used', async () => {
    const cloud = await claimedCloud();
    const password = await oneTimePassword(cloud);
    await online(opened(cloud, level, password));
    const refused = opened(cloud, level, password);
    const code = await new Promise((resolve) => refused.once('error', (error) => resolve('code' in error && error.code)));
    expect(code).toBe(level === 5 ? 0x87 : 5);
  });
});

async function claimedCloud(): Promise<TestCloud> {
  const cloud = await newCloud();
  expect((await claim(cloud)).status).toBe(204);
  return cloud;
}

async function connected(cloud: TestCloud, level: 4 | 5): Promise<MqttClient> {
  return online(opened(cloud, level, await oneTimePassword(cloud)));
}

/** With the library's own WebSocket, TLS, parser and packet numbers, and a will as agents have one. */
function opened(cloud: TestCloud, level: 4 | 5, password: string): MqttClient {
  const client = connect(`wss://127.0.0.1:${cloud.port}/mqtt`, {
    protocolVersion: level,
    clientId: recordedId,
    username: recordedId,
    password,
    ca: cloud.ca,
    reconnectPeriod: 0,
    will: { topic: `${root}/outbound/v1/agent-connection`, payload: connectionReport(recordedId, false), qos: 1, retain: false },
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
