import { describe, expect, it } from 'vitest';
import { goOnline } from './agent-socket.ts';
import { admin, claim, exchange, newCloud, nodeView, recordedId, request, type TestCloud } from './test-cloud.ts';

// One of each kind that a terminal obeys or that turns text around.
const dangerous = [
  '\u001b',
  '\u007f',
  '\u0085',
  '\u009b',
  '\u200e',
  '\u200f',
  '\u2028',
  '\u2029',
  '\u202a',
  '\u202e',
  '\u2066',
  '\u2069',
];
const obeyed = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const evil = `web${dangerous.join('')}1`;

/** All that the Cloud tells anybody about itself: its events, and what its admin API answers. */
async function toldBy(cloud: TestCloud): Promise<string> {
  const answers = ['nodes', `nodes/${recordedId}`, 'spaces'].map(async (path) => (await admin(cloud, 'GET', path)).body);
  const texts = cloud.events.flatMap((event) => Object.values(event)).filter((value) => typeof value === 'string');
  return [...texts, ...(await Promise.all(answers))].join(' ');
}

describe('what a terminal would obey', () => {
  it.each([...dangerous, '\ud800', '\udc00'].map((character) => [character]))('is no host name: %j', async (character) => {
    const cloud = await newCloud();
    const { status, body } = await claim(cloud, { node: { id: recordedId, hostname: `a${character}b` } });
    expect([status, JSON.parse(body).errorMsgKey]).toEqual([422, 'ErrInvalidNodeName']);
  });

  it('is in no name of a space or a room', async () => {
    const cloud = await newCloud();
    for (const character of [...dangerous, '\ud800'])
      for (const path of ['spaces', `spaces/${cloud.first.space.id}/rooms`])
        expect((await admin(cloud, 'POST', path, { name: `a${character}b` })).status).toBe(422);
  });

  it('does not come out of the path that a stranger asks for', async () => {
    const cloud = await newCloud();
    const answer = await exchange(cloud, Buffer.from('GET /nothing\x9b31m\x85 HTTP/1.1\r\nHost: x\r\n\r\n', 'latin1'));
    expect(answer).toMatch(/^HTTP\/1\.1 4/);
    expect(await toldBy(cloud)).not.toMatch(obeyed);
  });

  it('does not come out of what an agent says of itself', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const agent = await goOnline(cloud, { level: 4 });
    const publish = async (topic: string, payload: string) => {
      agent.sendPacket({ cmd: 'publish', topic, payload, qos: 1, messageId: 2, dup: false, retain: false }, 4);
      expect(await agent.next()).toBe('40020002');
    };
    const info = { version: `v1.29.3${evil}`, os_name: evil, kernel_version: evil };
    await publish(`/agent/${recordedId}/outbound/meta`, JSON.stringify({ type: 'connect', payload: { info } }));
    await publish(`/agent/${recordedId}/outbound/${evil.replace('\u001b', '')}`, 'data');
    const shown = 'web\\x1b\\x7f\\x85\\x9b\\u200e\\u200f\\u2028\\u2029\\u202a\\u202e\\u2066\\u20691';
    expect(await nodeView(cloud)).toMatchObject({ information: { osName: shown, kernelVersion: shown } });
    expect(await nodeView(cloud)).not.toHaveProperty('agentVersion');
    expect(await toldBy(cloud)).not.toMatch(obeyed);
  });

  it('does not come out of what an agent answers', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const agent = await goOnline(cloud, { level: 4 });
    const topic = `/agent/${recordedId}/inbound/cmd`;
    agent.sendPacket({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] }, 4);
    await agent.next();
    const answer = admin(cloud, 'POST', `nodes/${recordedId}/query`, { path: '/api/v1/info' });
    const asked = Buffer.from(await agent.next(), 'hex').toString();
    const callback = /"callback-topic":"([^"]+)"/.exec(asked)?.[1] ?? '';
    const reply = `{"type":"http"}\r\n\r\nHTTP/1.1 200 OK\r\nX-${evil}: ${evil}\r\n\r\n${evil}\n${evil}`;
    agent.sendPacket({ cmd: 'publish', topic: callback, payload: reply, qos: 0, dup: false, retain: false }, 4);
    const { body } = await answer;
    expect(JSON.parse(body).body.split('\n')).toHaveLength(2);
    expect(body).not.toMatch(obeyed);
    expect(JSON.parse(body).body.replaceAll('\n', '')).not.toMatch(obeyed);
    expect(await toldBy(cloud)).not.toMatch(obeyed);
  });

  it('in a refusal is written as JSON writes it', async () => {
    const cloud = await newCloud();
    await admin(cloud, 'PUT', 'misbehaviour', { endpoint: 'env', status: 503, body: { text: 'a\u202e\u009b' } });
    expect((await request(cloud, 'GET', '/api/v1/env')).body).toBe('{"text":"a\\u202e\\u009b"}');
  });
});
