import { describe, expect, it } from 'vitest';
import { goOnline, openSocket, upgradeRequest } from './agent-socket.ts';
import { admin, claim, exchange, newCloud, nodeView, recordedId, request, room, type TestCloud, token } from './test-cloud.ts';

const root = `/agent/${recordedId}`;

async function onlineAgent(cloud: TestCloud) {
  await claim(cloud);
  const agent = await goOnline(cloud);
  const subscriptions = ['/inbound/cmd', '/inbound/v1/cmd/+'].map((path) => ({ topic: root + path, qos: 1 as const }));
  agent.sendPacket({ cmd: 'subscribe', messageId: 1, subscriptions });
  await agent.next();
  return agent;
}

describe('the admin API', () => {
  it.each([
    ['without a token', ''],
    ['with a wrong token', 'Authorization: Bearer wrong\r\n'],
    ['with the claim token', `Authorization: Bearer ${token}\r\n`],
  ])('answers 401 %s', async (_name, headers) => {
    const cloud = await newCloud();
    for (const path of ['nodes', 'spaces', 'nothing'])
      expect((await request(cloud, 'GET', `/standin/v1/${path}`, undefined, headers)).status).toBe(401);
  });

  it('shows the space and the nodes', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    expect(JSON.parse((await admin(cloud, 'GET', 'spaces')).body).spaces).toEqual([
      {
        ...{ id: cloud.first.space.id, name: 'Recorded', repeatClaims: 'same-key', createdAt: expect.stringMatching(/^2/) },
        rooms: [{ id: room, name: 'All nodes', nodes: 1 }],
        nodes: { total: 1, online: 0, offline: 0, neverConnected: 1 },
      },
    ]);
    expect(JSON.parse((await admin(cloud, 'GET', 'nodes')).body).nodes).toMatchObject([
      { id: recordedId, link: { state: 'never-connected' } },
    ]);
  });

  it('answers 404 for what it does not have', async () => {
    const cloud = await newCloud();
    expect((await admin(cloud, 'GET', 'rooms')).status).toBe(404);
    expect((await admin(cloud, 'DELETE', `nodes/${recordedId}`)).status).toBe(404);
  });

  it('removes a node, and its link with it', async () => {
    const cloud = await newCloud();
    const agent = await onlineAgent(cloud);
    expect((await admin(cloud, 'DELETE', `nodes/${recordedId}`)).status).toBe(204);
    expect(await agent.next()).toBe('closed');
    expect(JSON.parse((await admin(cloud, 'GET', 'nodes')).body)).toEqual({ nodes: [] });
  });

  it('asks an agent to leave, and says when to come back', async () => {
    const cloud = await newCloud();
    const agent = await onlineAgent(cloud);
    expect(
      (await admin(cloud, 'POST', `nodes/${recordedId}/disconnect`, { reconnectAfterSeconds: 300, permanentBan: true })).status,
    ).toBe(204);
    const frame = Buffer.from(await agent.next(), 'hex');
    expect(frame.toString()).toContain(`${root}/inbound/v1/cmd/DisconnectReq`);
    expect(frame.toString('hex')).toContain('08ac0210012a');
  });

  it('breaks a link when told to, and does not say that the agent did', async () => {
    const cloud = await newCloud();
    const agent = await onlineAgent(cloud);
    expect((await admin(cloud, 'POST', `nodes/${recordedId}/disconnect`, { abrupt: true })).status).toBe(204);
    expect(await agent.next()).toBe('closed');
    expect(await cloud.event('offline')).toMatchObject({ reason: 'closed' });
    expect(cloud.events).toContainEqual({ kind: 'will', id: recordedId });
  });

  it('says that a node is not online', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    expect((await admin(cloud, 'POST', `nodes/${recordedId}/disconnect`)).status).toBe(409);
    expect((await admin(cloud, 'POST', `nodes/${recordedId}/query`, { path: '/api/v1/info' })).status).toBe(409);
  });

  it('says that a node has not subscribed, at once, and keeps no query that was never sent', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    await goOnline(cloud);
    const answer = await admin(cloud, 'POST', `nodes/${recordedId}/query`, { path: '/api/v1/info' });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      409,
      { errorMessage: 'the node has not subscribed to its commands, or acknowledges none of them' },
    ]);
    expect(await nodeView(cloud)).not.toHaveProperty('latestQuery');
    expect(cloud.events.some(({ kind }) => kind === 'query')).toBe(false);
  });

  it('says that an agent goes away, or is silent, before it answers a query', async () => {
    const cloud = await newCloud();
    const agent = await onlineAgent(cloud);
    expect((await admin(cloud, 'POST', `nodes/${recordedId}/query`, { path: '/', timeoutSeconds: 0.05 })).status).toBe(504);
    const answer = admin(cloud, 'POST', `nodes/${recordedId}/query`, { path: '/' });
    await agent.next();
    await agent.next();
    agent.destroy();
    expect((await answer).status).toBe(504);
  });

  it('does not let a query smuggle lines into the request', async () => {
    const cloud = await newCloud();
    await onlineAgent(cloud);
    expect((await admin(cloud, 'POST', `nodes/${recordedId}/query`, { path: '/ HTTP/1.1\r\nX: y' })).status).toBe(422);
  });
});

describe('misbehaviour', () => {
  it('answers with a status and a body of choice until it is cleared', async () => {
    const cloud = await newCloud();
    await admin(cloud, 'PUT', 'misbehaviour', { endpoint: 'claim', status: 503, body: { errorMsgKey: 'ErrServiceUnavailable' } });
    const answer = await claim(cloud);
    expect([answer.status, answer.body]).toEqual([503, '{"errorMsgKey":"ErrServiceUnavailable"}']);
    await admin(cloud, 'PUT', 'misbehaviour', { endpoint: 'claim', status: 502, body: '<html>' });
    expect((await claim(cloud)).body).toBe('<html>');
    await admin(cloud, 'DELETE', 'misbehaviour');
    expect((await claim(cloud)).status).toBe(204);
  });

  it('answers late', async () => {
    const cloud = await newCloud();
    await admin(cloud, 'PUT', 'misbehaviour', { endpoint: 'env', delaySeconds: 0.05 });
    expect((await request(cloud, 'GET', '/api/v1/env')).status).toBe(200);
  });

  it('resets connections', async () => {
    const cloud = await newCloud();
    await admin(cloud, 'PUT', 'misbehaviour', { endpoint: 'env', reset: true });
    await expect(request(cloud, 'GET', '/api/v1/env')).rejects.toThrow('ECONNRESET');
  });

  it('refuses the WebSocket upgrade, and leaves the other endpoints alone', async () => {
    const cloud = await newCloud();
    await admin(cloud, 'PUT', 'misbehaviour', { endpoint: 'mqtt', status: 502 });
    expect(await exchange(cloud, upgradeRequest)).toMatch(/^HTTP\/1\.1 502 /);
    expect((await request(cloud, 'GET', '/api/v1/env')).status).toBe(200);
  });

  it('is refused when it is none', async () => {
    const cloud = await newCloud();
    for (const wrong of [{}, { endpoint: 'page' }, { endpoint: 'env', status: 99 }, { endpoint: 'env', delaySeconds: -1 }]) {
      expect((await admin(cloud, 'PUT', 'misbehaviour', wrong)).status).toBe(422);
    }
  });
});

it('answers an upgrade anywhere else with 404', async () => {
  const socket = await openSocket(await newCloud(), upgradeRequest.replace('/mqtt', '/other'));
  expect(socket.handshake).toMatch(/^HTTP\/1\.1 404 /);
});

it('gives node ids to the claimed machine only', async () => {
  const cloud = await newCloud();
  const agent = await onlineAgent(cloud);
  const payload = Buffer.concat([Buffer.from([0x0a, 36]), Buffer.from(recordedId), Buffer.from([0x12, 36]), Buffer.from(room)]);
  agent.sendPacket({
    cmd: 'publish',
    topic: `${root}/outbound/v1/node-instance/create`,
    payload,
    qos: 0,
    dup: false,
    retain: false,
  });
  expect(await cloud.event('message-ignored')).toMatchObject({
    id: recordedId,
    why: 'The machine GUID is not that of the claim.',
  });
  expect(await nodeView(cloud)).not.toHaveProperty('nodeId');
});
