import { expect, it } from 'vitest';
import { type AgentSocket, openSocket, solve } from './agent-socket.ts';
import { filler, framesOf, framesOfPublish, replaced } from './recorded-agent.ts';
import { type RecordedEvent, readRecording } from './recording.ts';
import { admin, agentKeys, exchange, newCloud, nodeView, recordedId, splitAnswer, type TestCloud } from './test-cloud.ts';

const recording = await readRecording('agent-1.37.1-claim-and-link');
const recordedNodeId = '8915e5fe-5a2d-402d-a21a-716dcc462219';

/**
 * Everything that agent 1.37.1 was recorded to send, in its order and on as many connections: its claim, its first link, a query, its leaving
 * when it is told to, and its second link. Each answer is held to the recorded one: HTTP by status, header names and the shape of its JSON,
 * the link byte by byte, but for what is other each time.
 */
it('answers all of the recording of agent 1.37.1 as it was answered then', async () => {
  const cloud = await newCloud();
  const replay = startReplay(cloud);
  for (const event of recording) await replay.take(event);

  expect(replay.counts).toEqual({ requests: 7, upgrades: 2, frames: 35, answers: 21 });
  expect(await nodeView(cloud)).toMatchObject({
    nodeId: replay.nodeId(),
    agentVersion: '1.37.1',
    information: {
      name: 'vm',
      os: 'linux',
      osName: 'unknown',
      osVersion: 'unknown',
      kernelName: 'Linux',
      kernelVersion: '6.18.44-fc-v657',
      version: 'v1.37.1',
      releaseChannel: 'stable',
    },
    link: { state: 'offline', reason: 'graceful' },
  });
  const kinds = cloud.events.map(({ kind }) => kind);
  expect(kinds.filter((kind) => ['online', 'offline', 'will', 'message-ignored', 'fault'].includes(kind))).toEqual([
    'online',
    'offline',
    'online',
    'offline',
  ]);
});

function startReplay(cloud: TestCloud) {
  const replacements = new Map<string, string>();
  const counts = { requests: 0, upgrades: 0, frames: 0, answers: 0 };
  let answered = '';
  let challenge = '';
  let agent: AgentSocket | undefined;
  let query: ReturnType<typeof admin> | undefined;

  const steps: Readonly<Record<string, (event: RecordedEvent) => Promise<void>>> = {
    async 'HTTP-REQ'({ raw = '', body = '', s = '' }) {
      if (s === 'GET /mqtt') {
        counts.upgrades += 1;
        agent = await openSocket(cloud, raw);
        answered = agent.handshake;
        return;
      }
      counts.requests += 1;
      // Keys and secrets are this test's own, and as long as the recorded ones.
      const own = body
        .replace(/"publicKey" : "[^"]*"/, `"publicKey" : ${JSON.stringify(agentKeys.publicKey)}`)
        .replace(/"response":"[^"]*"/, () => `"response":"${solve(challenge)}"`);
      expect(own.length).toBe(body.length);
      answered = await exchange(cloud, raw + own);
    },

    async 'HTTP-RESP'({ raw = '' }) {
      if (raw.startsWith('HTTP/1.1 101 ')) {
        expect(answered).toBe(raw);
        return;
      }
      const [now, then] = [splitAnswer(answered), splitAnswer(raw)];
      expect([outline(now), shape(now.body)]).toEqual([outline(then), shape(then.body)]);
      if (now.body === '') return;
      const { password } = JSON.parse(now.body);
      challenge = JSON.parse(now.body).challenge ?? challenge;
      if (password !== undefined) replacements.set(hex(JSON.parse(then.body).password), hex(password));
    },

    'WS-FRAME': send,
    'WS-CLOSE': send,
    'MQTT-RX': (event) => (event.s?.includes('/outbound/chart/reply/') ? reply(event) : send(event)),

    async 'MQTT-TX'({ s = '', raw = '', len }) {
      if (s.includes('/inbound/cmd ')) query = admin(cloud, 'POST', `nodes/${recordedId}/query`, { path: '/api/v1/info' });
      if (s.includes('/DisconnectReq '))
        await admin(cloud, 'POST', `nodes/${recordedId}/disconnect`, { reconnectAfterSeconds: 3 });
      counts.answers += 1;
      const now = (await agent?.next()) ?? 'no link';
      if (s.includes('/CreateNodeInstanceResult ')) replacements.set(hex(recordedNodeId), now.slice(-152).slice(4, 76));
      if (query !== undefined && s.includes('/inbound/cmd ')) return expectQuery(now, raw);
      // What is said to the person who reads the agent's log is ours.
      const isSame = s.includes('/DisconnectReq ') ? startOfPublish : (text: string) => text.slice(0, 160);
      expect(isSame(now)).toBe(isSame(replaced(raw, replacements)));
      if (!s.includes('/DisconnectReq ')) expect(now.length / 2).toBe(len);
    },
  };

  async function send(event: RecordedEvent): Promise<void> {
    for (const frame of framesOf(event, cutFields)) {
      counts.frames += 1;
      if ('close' in frame) agent?.sendFrame(8, Buffer.from(frame.close, 'hex'));
      else agent?.send(replaced(frame.payload, replacements));
    }
    if (event.k === 'WS-CLOSE') while ((await agent?.next()) !== 'closed');
  }

  /** The callback topic of the query is other each time, and of the recorded answer there is only the beginning. */
  async function reply({ s = '', raw = '' }: RecordedEvent): Promise<void> {
    const header = Buffer.from(raw, 'hex').toString();
    expect(header).toMatch(/^\{"type":"http","msg-id":"[0-9a-f-]{36}","timestamp":/);
    const messageId = Number(/ mid=(\d+)/.exec(s)?.[1]);
    const answer = '{"type":"http","msg-id":"x","http-code":200}\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';
    for (const frame of framesOfPublish(callbackTopic, messageId, hex(answer))) {
      counts.frames += 1;
      if ('payload' in frame) agent?.send(frame.payload);
    }
    expect(JSON.parse((await query)?.body ?? '')).toEqual({ status: 200, headers: { 'content-length': '2' }, body: '{}' });
  }

  let callbackTopic = '';
  function expectQuery(now: string, raw: string): void {
    const topicEnd = 126; // of hex digits: the fixed header with a long length, the topic, the packet's number and no properties
    expect(now.slice(6, topicEnd)).toBe(raw.slice(6, topicEnd));
    const [header = '', request] = Buffer.from(now.slice(topicEnd), 'hex').toString().split('\r\n\r\n');
    expect(Object.keys(JSON.parse(header)).toSorted()).toEqual(['callback-topic', 'msg-id', 'timeout', 'type', 'version']);
    expect(request).toBe('GET /api/v1/info HTTP/1.1');
    callbackTopic = JSON.parse(header)['callback-topic'];
  }

  return {
    counts,
    take: async (event: RecordedEvent) => steps[event.k ?? '']?.(event),
    nodeId: () => Buffer.from(replacements.get(hex(recordedNodeId)) ?? '', 'hex').toString(),
  };
}

/** Without the length, which follows from the body. The recorded server named itself and did not say that it closes. */
function outline({ head }: { head: string }): string[] {
  const lines = head.trimEnd().split('\r\n');
  return lines
    .filter((line) => !/^(Connection|Keep-Alive|Server): /.test(line))
    .map((line) => line.replace(/^(Content-Length: )\d+$/, '$1…'));
}

/** The names and types in a JSON text; of a list, those of its first entry, which all others must have too. */
function shape(text: string): unknown {
  return text === '' ? 'no body' : shapeOf(JSON.parse(text));
}

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    const shapes = value.map(shapeOf);
    for (const one of shapes) expect(one).toEqual(shapes[0]);
    return shapes.slice(0, 1);
  }
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]));
}

/** Topic, number and no properties of a PUBLISH whose length is one byte, in hex. */
function startOfPublish(text: string): string {
  const lengthBytes = Number.parseInt(text.slice(2, 4), 16) < 0x80 ? 1 : 2;
  const start = 2 + 2 * lengthBytes;
  const topicBytes = Number.parseInt(text.slice(start, start + 4), 16);
  return text.slice(start, start + 4 + 2 * topicBytes + 6);
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}

// By topic, the fields whole in which the 80 bytes end that the recording kept, from its decoded text.
const capability = `8a010b0a05${hex('proto')}10011801`;
const collector = `1a131211${hex('idlejitter.plugin')}`;
// Its field `data` has 893 bytes, of which 36 come before the version of the kernel.
const data = `320f${hex('6.18.44-fc-v657')}6207${hex('v1.37.1')}6a06${hex('stable')}`;
const cutFields = {
  'outbound/v1/agent-connection': capability,
  'outbound/v1/node-instance/info': data + filler(893 - 36 - data.length / 2),
  'outbound/v1/node-instance/collectors': collector,
};
