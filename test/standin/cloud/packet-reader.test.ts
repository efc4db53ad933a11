import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { expect, it } from 'vitest';
import { createPacketReader } from '../../../src/standin/cloud/packet-reader.ts';
import { inPieces } from './mutation.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const publish = (payload: string): Packet => ({ cmd: 'publish', topic: 'a', payload, qos: 0, dup: false, retain: false });

it('gives the same packets for the same bytes, in whatever pieces they come', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 200 }), { maxLength: 8 }), lengths, (payloads, cut) => {
      const bytes = Buffer.concat(payloads.map((payload) => generate(publish(payload))));
      const got: string[] = [];
      const read = createPacketReader(1000, (packet) => {
        if (packet.cmd === 'publish') got.push(packet.payload.toString());
        return true;
      });
      for (const piece of inPieces(bytes, cut)) read(piece);
      expect(got).toEqual(payloads);
    }),
  );
});

it('keeps what it gave unchanged while more comes', () => {
  const got: Buffer[] = [];
  const read = createPacketReader(1000, (packet) => {
    if (packet.cmd === 'publish' && Buffer.isBuffer(packet.payload)) got.push(packet.payload);
    return true;
  });
  const bytes = Buffer.concat(['one', 'two', 'six'].map((payload) => generate(publish(payload))));
  for (const piece of inPieces(bytes, [7, 2])) read(Buffer.from(piece));
  expect(got.map(String)).toEqual(['one', 'two', 'six']);
});

it('needs no more memory for a packet that comes byte by byte', () => {
  const read = createPacketReader(300_000, () => false);
  const bytes = Buffer.alloc(250_000);
  const before = memoryInUse();
  read(Buffer.from([0x30, 0xff, 0xff, 0x0f, 0, 1, 0x61])); // 262,143 bytes to come
  for (let index = 0; index < bytes.length; index++) read(bytes.subarray(index, index + 1));
  // Kept as pieces, they were 28 MB.
  expect(memoryInUse() - before).toBeLessThan(2_000_000);
  read(bytes);
});

it('refuses a packet that is longer than the limit before it comes', () => {
  const read = createPacketReader(1000, () => true);
  expect(() => read(Buffer.from([0x30, 0xe9, 0x07]))).toThrow('MQTT packet of 1001 bytes.');
});

it('stops when it is told to', () => {
  const got: Packet[] = [];
  const read = createPacketReader(1000, (packet) => {
    got.push(packet);
    return false;
  });
  read(Buffer.from('c000c000', 'hex'));
  expect(got).toHaveLength(1);
});
