import { describe, expect, it } from 'vitest';
import { goOnline, openSocket, sendConnect, solve } from './agent-socket.ts';
import { claim, newCloud, nodeView, recordedId, request, type TestCloud } from './test-cloud.ts';

const root = `/agent/${recordedId}`;
const password = `/api/v1/auth/node/${recordedId}/password`;
const header = { 'msg-id': 'x', timestamp: 1795170034, 'timestamp-offset-usec': 1, version: 2 };

async function legacyAgent(cloud: TestCloud) {
  await claim(cloud);
  const agent = await goOnline(cloud, {
    level: 4,
    willTopic: `${root}/outbound/meta`,
    willQos: 2,
    willPayload: JSON.stringify({ ...header, type: 'disconnect', payload: 'unexpected' }),
  });
  agent.sendPacket({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: `${root}/inbound/cmd`, qos: 1 }] }, 4);
  expect(await agent.next()).toBe('9003000101');
  const say = (message: object | string) => {
    const payload = typeof message === 'string' ? message : JSON.stringify({ ...header, ...message });
    agent.sendPacket(
      { cmd: 'publish', topic: `${root}/outbound/meta`, payload, qos: 1, messageId: 2, dup: false, retain: false },
      4,
    );
    return agent.next();
  };
  return { agent, say };
}

describe('the password', () => {
  it('is all that is answered to a client of the legacy link, which says what it sends and not who it is', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const ask = async (headers: string) => {
      const challenge = JSON.parse((await request(cloud, 'GET', password.replace('password', 'challenge'))).body).challenge;
      return request(cloud, 'POST', password, JSON.stringify({ response: solve(challenge) }), headers);
    };
    const legacy = await ask('Content-Type: application/json\r\n');
    expect([legacy.status, JSON.parse(legacy.body)]).toEqual([201, { password: expect.stringMatching(/^[0-9a-f]{32}$/) }]);
    for (const other of ['User-Agent: Netdata/rocks newhttpclient\r\n', 'User-Agent: x\r\nContent-Type: application/json\r\n'])
      expect(Object.keys(JSON.parse((await ask(other)).body))).toEqual(['clientID', 'username', 'password', 'topics']);
    const socket = await openSocket(cloud);
    await sendConnect(cloud, socket, { level: 4, password: JSON.parse(legacy.body).password });
    expect(await socket.next()).toBe('20020000');
  });
});

describe('a legacy agent', () => {
  it('that says hello is told which version to speak', async () => {
    const { agent, say } = await legacyAgent(await newCloud());
    expect(await say({ type: 'hello', 'min-version': 2, 'max-version': 3 })).toBe('40020002');
    const answer = Buffer.from(await agent.next(), 'hex').toString();
    expect(answer).toContain(`${root}/inbound/cmd`);
    expect(answer.slice(answer.indexOf('{'))).toBe('{"type":"version","version":1,"min-version":2,"max-version":2}');
  });

  it('that connects says who it is, and can be reached from then on', async () => {
    const cloud = await newCloud();
    const { say } = await legacyAgent(cloud);
    expect(await nodeView(cloud)).toMatchObject({ link: { reachable: false } });
    const info = { version: 'v1.29.3', os_name: 'Debian GNU/Linux', kernel_version: '4.19', architecture: 7, alarms: {} };
    await say({ type: 'connect', payload: { info, charts: { version: 1 } } });
    expect(await nodeView(cloud)).toMatchObject({
      agentVersion: '1.29.3',
      information: { version: 'v1.29.3', osName: 'Debian GNU/Linux', kernelVersion: '4.19' },
      link: { state: 'online', reachable: true, mqttLevel: 4 },
    });
  });

  it('that says goodbye is gracefully offline, also when it just goes', async () => {
    const cloud = await newCloud();
    const { agent, say } = await legacyAgent(cloud);
    await say({ type: 'connect', payload: {} });
    await say({ type: 'disconnect', payload: 'graceful' });
    expect(await nodeView(cloud)).toMatchObject({ link: { state: 'online', reachable: false } });
    agent.destroy();
    expect(await cloud.event('offline')).toMatchObject({ reason: 'graceful' });
    expect(cloud.events.some(({ kind }) => kind === 'will')).toBe(false);
  });

  it('that breaks off is offline by its will of QoS 2', async () => {
    const cloud = await newCloud();
    const { agent } = await legacyAgent(cloud);
    agent.destroy();
    expect(await cloud.event('offline')).toMatchObject({ reason: 'will' });
  });

  it.each(['rubbish', '[]', '{"type": 7}', '{"type":"hello"}'])('that says %s is not understood, and stays', async (text) => {
    const cloud = await newCloud();
    const { say } = await legacyAgent(cloud);
    expect(await say(text)).toBe('40020002');
    expect(await cloud.event('message-ignored')).toMatchObject({ topic: `${root}/outbound/meta` });
  });

  it('that tells of what only matters to charts is not answered', async () => {
    const cloud = await newCloud();
    const { say } = await legacyAgent(cloud);
    expect(await say({ type: 'child_connect', payload: {} })).toBe('40020002');
    expect(cloud.events.some(({ kind }) => kind === 'message-ignored')).toBe(false);
  });
});

it.each([
  ['?v=1.31.0&cap=json$claim_id=x', 'json', ['json']],
  ['?v=1.33.1&cap=json&claim_id=x', 'json', ['json']],
  ['?v=1.33.1&cap=json,proto&claim_id=x', 'proto', ['proto', 'ctx']],
  ['?v=1.36.0&cap=proto&claim_id=x', 'proto', ['proto', 'ctx']],
  ['', 'proto', ['proto', 'ctx']],
])('the environment of %s has encoding %s', async (query, encoding, capabilities) => {
  const answer = JSON.parse((await request(await newCloud(), 'GET', `/api/v1/env${query}`)).body);
  expect(answer).toMatchObject({ encoding, capabilities });
});
