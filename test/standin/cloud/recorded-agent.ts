import { generate, type Packet } from 'mqtt-packet';
import type { RecordedEvent } from './recording.ts';

/** What agent 1.37.1 sent on a link, in order: each entry is one WebSocket payload in hex, or its close. */
export type AgentFrame = { payload: string } | { close: string };

/** What of the recording is other in a replay: hex of the recorded text → hex of the text now. */
export type Replacements = ReadonlyMap<string, string>;

/**
 * The frames of one recorded message of the agent; none for what the recording tells twice. The recording keeps 80 bytes of a payload and its
 * length: `cutFields` has the fields whole in which it ends, by topic, and what follows them is stood in for by a field that nobody reads.
 */
export function framesOf(event: RecordedEvent, cutFields: Readonly<Record<string, string>>): readonly AgentFrame[] {
  const { k, s = '', hex, raw = '' } = event;
  if (k === 'WS-FRAME' && hex !== undefined) return [{ payload: hex }];
  if (k === 'WS-CLOSE') return [{ close: s }];
  if (k !== 'MQTT-RX') return [];
  const [, kind] = /^(\w+)/.exec(s) ?? [];
  if (kind === 'DISCONNECT') return [{ payload: 'e000' }];
  const messageId = Number(/ mid=(\d+)/.exec(s)?.[1]);
  if (kind === 'PUBACK') return [{ payload: packetHex({ cmd: 'puback', messageId }) }];
  if (kind === 'SUBSCRIBE') {
    const { topic, qos, nl, rap, rh } = JSON.parse(/\{.*\}/.exec(s)?.[0] ?? '');
    return [{ payload: packetHex({ cmd: 'subscribe', messageId, subscriptions: [{ topic, qos, nl, rap, rh }] }) }];
  }
  if (kind !== 'PUBLISH') return [];
  const [, topic = '', length = ''] = / topic=(\S+) .* len=(\d+)/.exec(s) ?? [];
  const payload = completed(raw, cutFields[topic.replace(/^\/agent\/[^/]+\//, '')] ?? '', Number(length));
  return framesOfPublish(topic, messageId, payload);
}

/** The header is one frame and the payload is the next (transcript 2). */
export function framesOfPublish(topic: string, messageId: number, payload: string): readonly AgentFrame[] {
  const whole = packetHex({
    cmd: 'publish',
    topic,
    messageId,
    payload: Buffer.from(payload, 'hex'),
    qos: 1,
    dup: false,
    retain: false,
  });
  return [{ payload: whole.slice(0, -payload.length) }, { payload }];
}

export function replaced(hex: string, replacements: Replacements): string {
  return [...replacements].reduce((text, [recorded, now]) => text.replaceAll(recorded, now), hex);
}

function packetHex(packet: Packet): string {
  return generate(packet, { protocolVersion: 5 }).toString('hex');
}

function completed(raw: string, cutField: string, length: number): string {
  const overlap = Array.from(cutField, (_, index) => index).findLast((index) => raw.endsWith(cutField.slice(0, index))) ?? 0;
  const start = (raw + cutField.slice(overlap)).slice(0, 2 * length);
  const rest = length - start.length / 2;
  return rest === 0 ? start : start + filler(rest);
}

/** Field 200, which no message has: two bytes of tag, two of length, and zeros. At least four bytes. */
export function filler(sizeBytes: number): string {
  const content = sizeBytes - 4;
  if (content < 0) throw new Error(`No field is as short as ${sizeBytes} bytes.`);
  return Buffer.concat([Buffer.from([0xc2, 0x0c, (content & 0x7f) | 0x80, content >> 7]), Buffer.alloc(content)]).toString('hex');
}
