import { describe, expect, it } from 'vitest';
import { type AgentSocket, goOnline, oneTimePassword, openSocket, sendConnect } from './agent-socket.ts';
import { admin, claim, newCloud, nodeView, otherKeys, recordedId, room, type TestCloud } from './test-cloud.ts';

const root = `/agent/${recordedId}`;
const publish = { cmd: 'publish', payload: Buffer.alloc(0), dup: false, retain: false } as const;

async function claimedCloud(): Promise<TestCloud> {
  const cloud = await newCloud();
  await claim(cloud);
  return cloud;
}

describe('credentials that are wrong', () => {
  it.each([
    [5, '2003008700'],
    [4, '20020005'],
  ] as const)('are refused in MQTT level %i with %s, and the node stays offline', async (level, connack) => {
    const cloud = await claimedCloud();
    const socket = await openSocket(cloud);
    await sendConnect(cloud, socket, { level, password: 'wrong' });
    expect(await socket.next()).toBe(connack);
    expect(await nodeView(cloud)).toMatchObject({ link: { state: 'never-connected' } });
  });

  it('are those of another node', async () => {
    const cloud = await claimedCloud();
    await claim(cloud, { publicKey: otherKeys.publicKey }, room);
    const socket = await openSocket(cloud);
    await sendConnect(cloud, socket, { id: room, password: await oneTimePassword(cloud, recordedId) });
    expect(await socket.next()).toBe('2003008700');
  });
});

describe('a connection', () => {
  it('speaks MQTT 3.1.1 when the agent does', async () => {
    const cloud = await claimedCloud();
    const agent = await goOnline(cloud, { level: 4 });
    agent.sendPacket({ cmd: 'subscribe', messageId: 46161, subscriptions: [{ topic: `${root}/inbound/v1/cmd/+`, qos: 1 }] }, 4);
    expect(await agent.next()).toBe('9003b45101');
    agent.sendPacket({ ...publish, topic: `${root}/outbound/meta`, qos: 1, messageId: 30484 }, 4);
    expect(await agent.next()).toBe('40027714');
    expect(await nodeView(cloud)).toMatchObject({ link: { state: 'online', mqttLevel: 4 } });
    await admin(cloud, 'POST', `nodes/${recordedId}/disconnect`);
    expect(await agent.next()).toMatch(/^32..0048/);
  });

  it('is refused before MQTT 3.1.1', async () => {
    const socket = await openSocket(await newCloud());
    socket.send('100f00064d514973647003020000000161');
    expect(await socket.next()).toBe('20020001');
  });

  it('acknowledges each QoS 1 message once, and QoS 2 in two steps', async () => {
    const agent = await goOnline(await claimedCloud());
    for (const messageId of [7, 8]) agent.sendPacket({ ...publish, topic: `${root}/outbound/meta`, qos: 1, messageId });
    expect([await agent.next(), await agent.next()]).toEqual(['40020007', '40020008']);
    agent.sendPacket({ ...publish, topic: `${root}/outbound/meta`, qos: 2, messageId: 9 });
    expect(await agent.next()).toBe('50020009');
    agent.send('62020009');
    expect(await agent.next()).toBe('70020009');
    agent.send('c000');
    expect(await agent.next()).toBe('d000');
  });

  it('understands packets that come byte by byte, and several in one frame', async () => {
    const agent = await goOnline(await claimedCloud());
    for (const byte of ['c0', '00']) agent.send(byte);
    agent.send('c000c000');
    expect([await agent.next(), await agent.next(), await agent.next()]).toEqual(['d000', 'd000', 'd000']);
  });

  it('understands topic aliases, which it never offered', async () => {
    const cloud = await claimedCloud();
    const agent = await goOnline(cloud);
    const payload = Buffer.concat([Buffer.from([0x0a, 36]), Buffer.from(recordedId), Buffer.from([0x10, 1])]);
    agent.sendPacket({
      ...publish,
      topic: `${root}/outbound/v1/agent-connection`,
      qos: 1,
      messageId: 1,
      properties: { topicAlias: 3 },
    });
    expect(await agent.next()).toBe('40020001');
    agent.sendPacket({ ...publish, topic: '', payload, qos: 1, messageId: 2, properties: { topicAlias: 3 } });
    expect(await agent.next()).toBe('40020002');
    expect(await nodeView(cloud)).toMatchObject({ link: { reachable: true } });
  });

  it('grants subscriptions below the own topic only', async () => {
    const agent = await goOnline(await claimedCloud());
    const topics = [`${root}/inbound/cmd`, '#', `/agent/${room}/inbound/cmd`, `${root}/#/x`, `${root}/#`];
    agent.sendPacket({ cmd: 'subscribe', messageId: 1, subscriptions: topics.map((topic) => ({ topic, qos: 2 })) });
    expect(await agent.next()).toBe('9008000100'.concat('0187878701'));
  });

  it.each([
    ['a message outside the own topic', { ...publish, topic: `/agent/${room}/outbound/meta`, qos: 0 as const }],
    ['a message to a topic with a wildcard', { ...publish, topic: `${root}/outbound/+`, qos: 0 as const }],
    ['an alias that was never set', { ...publish, topic: '', qos: 0 as const, properties: { topicAlias: 4 } }],
    ['what only a server sends', { cmd: 'pingresp' as const }],
  ])('is closed by the Cloud at %s', async (_name, packet) => {
    const cloud = await claimedCloud();
    const agent = await goOnline(cloud);
    agent.sendPacket(packet);
    expect(await agent.next()).toBe('closed');
    expect(await cloud.event('offline')).toMatchObject({ reason: 'closed' });
  });

  it.each([
    ['a text', (agent: AgentSocket) => agent.sendFrame(1, Buffer.from('{}'))],
    ['a frame of no known kind', (agent: AgentSocket) => agent.sendFrame(3, Buffer.from('{}'))],
    ['what is no MQTT', (agent: AgentSocket) => agent.send('0000')],
  ])('is closed by the Cloud at %s, and its will is fired', async (_name, send) => {
    const cloud = await claimedCloud();
    send(await goOnline(cloud));
    expect(await cloud.event('offline')).toMatchObject({ reason: 'closed' });
    expect(cloud.events).toContainEqual({ kind: 'will', id: recordedId });
  });

  it('ends at a second CONNECT', async () => {
    const cloud = await claimedCloud();
    const agent = await goOnline(cloud);
    await sendConnect(cloud, agent);
    expect(await agent.next()).toBe('closed');
  });

  it('gets what it sends itself, when it has subscribed to that', async () => {
    const agent = await goOnline(await claimedCloud());
    agent.sendPacket({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: `${root}/outbound/#`, qos: 1 }] });
    expect(await agent.next()).toBe('90040001000'.concat('1'));
    agent.sendPacket({ ...publish, topic: `${root}/outbound/x`, payload: 'hi', qos: 1, messageId: 2 });
    expect(await agent.next()).toBe('40020002');
    expect(Buffer.from(await agent.next(), 'hex').toString()).toContain(`${root}/outbound/x`);
  });

  it('is refused when it wants to be authenticated in another way', async () => {
    const socket = await openSocket(await claimedCloud());
    const properties = { authenticationMethod: 'SCRAM-SHA-1', authenticationData: Buffer.from('x') };
    socket.sendPacket({ cmd: 'connect', protocolVersion: 5, clientId: recordedId, clean: true, keepalive: 60, properties });
    expect(await socket.next()).toBe('2003008c00');
  });

  it('of a stranger ends after 64 KiB, whatever that is', async () => {
    const cloud = await claimedCloud();
    const socket = await openSocket(cloud);
    for (let index = 0; index < 3; index++) socket.sendFrame(2, Buffer.alloc(30_000, 0xff));
    for (let frame = ''; frame !== 'closed'; ) frame = await socket.next();
    const agent = await goOnline(cloud);
    const payload = Buffer.alloc(30_000);
    for (const messageId of [1, 2, 3]) agent.sendPacket({ ...publish, topic: `${root}/outbound/x`, payload, qos: 1, messageId });
    expect([await agent.next(), await agent.next(), await agent.next()]).toEqual(['40020001', '40020002', '40020003']);
  });

  it('is refused with a will outside the own topic', async () => {
    const cloud = await claimedCloud();
    const socket = await openSocket(cloud);
    await sendConnect(cloud, socket, { willTopic: `/agent/${room}/outbound/v1/agent-connection` });
    expect(await socket.next()).toBe('2003008700');
    expect(await nodeView(cloud)).toMatchObject({ link: { state: 'never-connected' } });
  });
});

describe('the end of a connection', () => {
  it('is graceful after DISCONNECT: the will is discarded', async () => {
    const cloud = await claimedCloud();
    const agent = await goOnline(cloud);
    agent.send('e000');
    expect(await cloud.event('offline')).toMatchObject({ reason: 'graceful' });
    agent.destroy();
    expect(cloud.events.some(({ kind }) => kind === 'will')).toBe(false);
    expect(await nodeView(cloud)).toMatchObject({ link: { state: 'offline', reason: 'graceful' } });
  });

  it('fires the will when the agent breaks it', async () => {
    const cloud = await claimedCloud();
    const agent = await goOnline(cloud);
    agent.destroy();
    expect(await cloud.event('will')).toEqual({ kind: 'will', id: recordedId });
    expect(await cloud.event('offline')).toMatchObject({ reason: 'will' });
  });

  it('fires the will after DISCONNECT with reason 4', async () => {
    const cloud = await claimedCloud();
    (await goOnline(cloud)).send('e00104');
    expect(await cloud.event('offline')).toMatchObject({ reason: 'will' });
  });

  it('is just closed when there is no will', async () => {
    const cloud = await claimedCloud();
    (await goOnline(cloud, { will: false })).destroy();
    expect(await cloud.event('offline')).toMatchObject({ reason: 'closed' });
  });

  it('comes when an agent is silent for one and a half keepalives', async () => {
    const cloud = await claimedCloud();
    const agent = await goOnline(cloud, { keepalive: 1 });
    expect(await agent.next()).toBe('closed');
    expect(await cloud.event('offline')).toMatchObject({ reason: 'timeout' });
    expect(cloud.events.some(({ kind }) => kind === 'will')).toBe(true);
  });

  it('comes to the older of two connections with one client id, and the node stays online', async () => {
    const cloud = await claimedCloud();
    const older = await goOnline(cloud);
    const newer = await goOnline(cloud);
    expect([await older.next(), await older.next()]).toEqual(['e0028e00', 'closed']);
    newer.send('c000');
    expect(await newer.next()).toBe('d000');
    expect(cloud.events.some(({ kind }) => kind === 'offline')).toBe(false);
    expect(await nodeView(cloud)).toMatchObject({ link: { state: 'online' } });
  });
});
