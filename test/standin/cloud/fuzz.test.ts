import fc from 'fast-check';
import { generate, type ISubscription, type Packet } from 'mqtt-packet';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseLegacyMessage } from '../../../src/standin/cloud/legacy-messages.ts';
import { serveMqtt } from '../../../src/standin/cloud/mqtt-connection.ts';
import type { MqttSession, SessionOwner, Transport } from '../../../src/standin/cloud/mqtt-session.ts';
import { parseMisbehaviour } from '../../../src/standin/cloud/parse-misbehaviour.ts';
import { decodeMessage, textField } from '../../../src/standin/cloud/protobuf.ts';
import { createQueries } from '../../../src/standin/cloud/queries.ts';
import { damaged, damages, inPieces } from './mutation.ts';
import { framesOf } from './recorded-agent.ts';
import { readRecording } from './recording.ts';
import { admin, newCloud, recordedId, request } from './test-cloud.ts';

const recording = await readRecording('agent-1.37.1-claim-and-link');
const root = `/agent/${recordedId}`;

describe('a damaged MQTT connection', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('of the recorded agent never throws, ends once, and leaves no timer', () => {
    const frames = recording.flatMap((event) => framesOf(event, {}));
    const recorded = Buffer.concat(frames.map((frame) => Buffer.from('payload' in frame ? frame.payload : '', 'hex')));
    expect(recorded.length).toBeGreaterThan(3000);
    fc.assert(
      fc.property(damages(4), fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 4 }), (list, lengths) => {
        serveAndCheck(inPieces(damaged(recorded, list), lengths), 'opened or refused');
      }),
      { numRuns: 400 },
    );
  });

  it('after its CONNECT never throws, ends once, and leaves no timer', () => {
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 6 }), damages(2), fc.boolean(), (packets, list, isDamaged) => {
        const rest = Buffer.concat(packets.map((each) => generate(each, { protocolVersion: 5 })));
        serveAndCheck([connect, isDamaged ? damaged(rest, list) : rest], 'opened');
      }),
      { numRuns: 600 },
    );
  });
});

describe('what an agent says', () => {
  it('as a protobuf message is understood or refused with an Error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(outcomeOf(() => textField(decodeMessage(bytes), 1))).toMatch(/^(string|undefined|Error|TypeError)$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('as a message of the legacy link is understood or refused', () => {
    const header = Buffer.from('{"type":"connect","payload":{"info":{"version":"v1.29.0"},"charts":{}}}');
    fc.assert(
      fc.property(damages(3), (list) => {
        const message = parseLegacyMessage(damaged(header, list));
        expect(['hello', 'connect', 'disconnect', 'other', undefined]).toContain(message?.type);
      }),
      { numRuns: 1000 },
    );
  });

  it('as the answer to a query is understood or is none', async () => {
    const answer = Buffer.from(
      '{"type":"http"}\r\n\r\nHTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nA: b\r\n\r\n\x1f\x8b\x08rubbish',
    );
    await fc.assert(
      fc.asyncProperty(damages(4), async (list) => {
        const queries = createQueries();
        const session = { claimId: recordedId, writtenId: recordedId, level: 5 } as const;
        const asked = queries.ask(
          {
            ...session,
            publish(_topic, payload) {
              const topic = /"callback-topic":"([^"]+)"/.exec(payload.toString())?.[1] ?? '';
              queueMicrotask(() => queries.settle(topic, damaged(answer, list)));
              return true;
            },
            sayGoodbye: () => undefined,
            close: () => undefined,
          },
          '/',
          10,
        );
        const got = await asked;
        expect(got === undefined || (got !== 'not-listening' && Number.isInteger(got.status))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

it('a damaged misbehaviour is one, or is told what is wrong', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('endpoint', 'status', 'hang', 'body', '__proto__'), fc.anything()), (value) => {
      expect(['object', 'string']).toContain(typeof parseMisbehaviour(value));
    }),
  );
});

it('no path leads to anything but what is meant to be there', async () => {
  const cloud = await newCloud();
  const status = async (path: string) => (await request(cloud, 'GET', path)).status;
  const asOperator = async (path: string) => (await admin(cloud, 'GET', path)).status;
  const dead = [
    '/page/../admin-token',
    '/page/%2e%2e/%2e%2e/ca.key',
    '//ca.key',
    '/page/__proto__',
    '/admin-token',
    '/%00',
    '/page/',
  ];
  for (const path of dead) expect([path, await status(path)]).toEqual([path, 404]);
  for (const path of ['__proto__', 'constructor', 'nodes/__proto__', 'nodes/..%2f..', 'spaces/constructor/rooms', 'toString'])
    expect([path, await asOperator(path)]).toEqual([path, 404]);
  expect(await status('/standin/v1/../../admin-token')).toBe(401);
  expect(await status('/api/v1/spaces/nodes/__proto__')).toBe(405);
});

/** Serves one connection that sends these pieces and goes. Whoever it says it is, it is believed. */
function serveAndCheck(pieces: readonly Buffer[], wanted: 'opened' | 'opened or refused'): void {
  const told = { opened: 0, refused: 0, ended: 0, wills: 0 };
  const sent: Buffer[] = [];
  const transport: Transport = {
    send: (bytes) => void sent.push(bytes),
    sendLast: (bytes) => void sent.push(bytes),
    close: () => undefined,
    closeSoon: () => undefined,
    trust: () => undefined,
  };
  const owner: SessionOwner = {
    authenticate: (clientId) => (clientId === recordedId ? recordedId : undefined),
    opened: () => void told.opened++,
    refused: () => void told.refused++,
    ended: () => void told.ended++,
    willFired: () => void told.wills++,
    received(session: MqttSession, topic: string) {
      expect(topic.startsWith(`${root}/`)).toBe(true);
      session.publish(`${root}/inbound/cmd`, Buffer.from('x'));
    },
  };
  const connection = serveMqtt({ transport, owner, choose: () => undefined });
  for (const piece of pieces) connection.receive(piece);
  connection.lost();
  expect(told.ended).toBe(told.opened);
  expect(told.opened + told.refused).toBeLessThanOrEqual(1);
  if (wanted === 'opened') expect(told.opened).toBe(1);
  expect(told.wills).toBeLessThanOrEqual(told.opened);
  expect(vi.getTimerCount()).toBe(0);
}

function outcomeOf(run: () => unknown): string {
  try {
    return typeof run();
  } catch (error) {
    return error instanceof Error ? error.name : 'something that is no Error';
  }
}

const connect = generate(
  {
    cmd: 'connect',
    protocolVersion: 5,
    clientId: recordedId,
    clean: true,
    keepalive: 60,
    username: recordedId,
    password: Buffer.from('x'),
    will: { topic: `${root}/outbound/v1/agent-connection`, payload: Buffer.from('x'), qos: 2, retain: false },
  },
  { protocolVersion: 5 },
);

const messageId = fc.integer({ min: 1, max: 5 });
const topic = fc.constantFrom(`${root}/outbound/meta`, `${root}/inbound/cmd`, '/agent/other/x', `${root}/x/y`);

// What the two sides send, in any order.
const packet: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({
    cmd: fc.constant('publish' as const),
    topic,
    payload: fc.string(),
    qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
    dup: fc.boolean(),
    retain: fc.boolean(),
    messageId,
    properties: fc.oneof(fc.constant({}), fc.record({ topicAlias: fc.integer({ min: 1, max: 70 }) })),
  }),
  fc.record({
    cmd: fc.constant('subscribe' as const),
    messageId,
    subscriptions: fc.constant<ISubscription[]>([{ topic: `${root}/#`, qos: 1 }]),
  }),
  fc.record({ cmd: fc.constant('unsubscribe' as const), messageId, unsubscriptions: fc.array(topic, { minLength: 1 }) }),
  fc.record({ cmd: fc.constantFrom('puback' as const, 'pubrec' as const, 'pubrel' as const, 'pubcomp' as const), messageId }),
  fc.constantFrom({ cmd: 'pingreq' as const }, { cmd: 'pingresp' as const }, { cmd: 'disconnect' as const }),
);
