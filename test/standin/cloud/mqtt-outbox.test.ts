import { parser } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { createOutbox } from '../../../src/standin/cloud/mqtt-outbox.ts';

const root = '/agent/a/';
const nothing = Buffer.alloc(0);

function newOutbox(properties: object = {}, level: 4 | 5 = 5) {
  const sent: Buffer[] = [];
  const connect = { cmd: 'connect', clientId: 'a', properties } as const;
  const outbox = createOutbox({ connect, level, root, writtenTopic: (topic) => topic, send: (bytes) => void sent.push(bytes) });
  outbox.subscribe({ topic: `${root}in/#`, qos: 1 });
  return { outbox, sent };
}

describe('a message to an agent', () => {
  it('has the smaller QoS of the two', () => {
    const { outbox, sent } = newOutbox();
    outbox.subscribe({ topic: `${root}zero`, qos: 0 });
    outbox.publish({ topic: `${root}in/a`, payload: nothing, qos: 1 });
    outbox.publish({ topic: `${root}in/a`, payload: nothing, qos: 0 });
    outbox.publish({ topic: `${root}zero`, payload: nothing, qos: 2 });
    expect(sent.map((bytes) => bytes[0])).toEqual([0x32, 0x30, 0x30]);
  });

  it('is below 100 KiB, because agents have room for no more', () => {
    const { outbox, sent } = newOutbox();
    expect(outbox.publish({ topic: `${root}in/a`, payload: Buffer.alloc(102_378), qos: 1 })).toBe(true);
    expect(sent[0]?.length).toBe(102_400);
    expect(outbox.publish({ topic: `${root}in/a`, payload: Buffer.alloc(102_379), qos: 1 })).toBe(false);
  });

  it('is as short as the agent wants it', () => {
    const { outbox } = newOutbox({ maximumPacketSize: 40 });
    expect(outbox.publish({ topic: `${root}in/a`, payload: Buffer.alloc(10), qos: 1 })).toBe(true);
    expect(outbox.publish({ topic: `${root}in/a`, payload: Buffer.alloc(40), qos: 1 })).toBe(false);
  });

  it('is not sent while too many are unacknowledged: 64, or as many as the agent says', () => {
    for (const [properties, most] of [
      [{}, 64],
      [{ receiveMaximum: 2 }, 2],
    ] as const) {
      const { outbox } = newOutbox(properties);
      const publish = () => outbox.publish({ topic: `${root}in/a`, payload: nothing, qos: 1 });
      expect(Array.from({ length: most + 1 }, publish)).toEqual([...Array.from({ length: most }, () => true), false]);
      outbox.acknowledged(1);
      outbox.acknowledged(999); // of none that was sent
      expect([publish(), publish()]).toEqual([true, false]);
    }
  });

  it('has an id that no unacknowledged one has, also after the last of them', () => {
    const { outbox, sent } = newOutbox();
    for (let index = 0; index < 0xffff; index++) {
      outbox.publish({ topic: `${root}in/a`, payload: nothing, qos: 1 });
      if (index > 0) outbox.acknowledged(index + 1);
    }
    outbox.publish({ topic: `${root}in/a`, payload: nothing, qos: 1 });
    expect(messageId(sent.at(-2))).toBe(0xffff);
    expect(messageId(sent.at(-1))).toBe(2); // 1 is still on its way
  });

  it('that it sent itself comes back to it, unless it wants none of its own', () => {
    const { outbox, sent } = newOutbox();
    outbox.subscribe({ topic: `${root}in/quiet`, qos: 1, nl: true });
    outbox.unsubscribe(`${root}in/#`);
    expect(outbox.publish({ topic: `${root}in/quiet`, payload: nothing, qos: 1, isOwn: true })).toBe(false);
    expect(outbox.publish({ topic: `${root}in/quiet`, payload: nothing, qos: 1 })).toBe(true);
    expect(sent).toHaveLength(1);
  });
});

it('has room for 64 subscriptions, and for those that are there again', () => {
  const { outbox } = newOutbox({}, 4);
  for (let index = 1; index < 64; index++) expect(outbox.subscribe({ topic: `${root}${index}`, qos: 2 })).toBe(1);
  expect(outbox.subscribe({ topic: `${root}64`, qos: 1 })).toBe(0x80);
  expect(outbox.subscribe({ topic: `${root}63`, qos: 0 })).toBe(0);
  expect([outbox.unsubscribe(`${root}63`), outbox.unsubscribe(`${root}63`)]).toEqual([true, false]);
});

function messageId(bytes: Buffer | undefined): number | undefined {
  let id: number | undefined;
  const packets = parser({ protocolVersion: 5 });
  packets.on('packet', (packet) => {
    id = packet.messageId;
  });
  packets.parse(bytes ?? nothing);
  return id;
}
