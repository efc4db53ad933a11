import { type Packet, parser } from 'mqtt-packet';

/**
 * Bytes in any pieces → MQTT packets: WebSocket frames and packets do not match (spec/claiming-and-link.md 7.7).
 * The returned function throws for bytes that are no packet, or one longer than the limit. It stops when `onPacket` returns false.
 * Each packet is cut out before mqtt-packet sees it, because that parser reads a short DISCONNECT on into the next packet.
 */
export function createPacketReader(limitBytes: number, onPacket: (packet: Packet) => boolean): (bytes: Buffer) => void {
  const parse = createParser();
  const kept = createTail();
  let needed = 2;
  return (bytes) => {
    if (kept.append(bytes) < needed) return;
    let rest = kept.bytes();
    let size = packetSize(rest, limitBytes);
    while (size !== undefined && rest.length >= size) {
      if (!onPacket(parse(rest.subarray(0, size)))) return;
      rest = rest.subarray(size);
      size = packetSize(rest, limitBytes);
    }
    kept.keep(rest);
    needed = size ?? rest.length + 1;
  };
}

/** Bytes that wait for more of them, in one buffer of its own: pieces cost a hundred bytes each, however small they are. */
function createTail() {
  let buffer = Buffer.alloc(0);
  let length = 0;
  return {
    /** How many there are now. */
    append(bytes: Buffer): number {
      if (length + bytes.length > buffer.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(length + bytes.length, length === 0 ? 0 : buffer.length * 2));
        buffer.copy(larger, 0, 0, length);
        buffer = larger;
      }
      bytes.copy(buffer, length);
      length += bytes.length;
      return length;
    },
    bytes: () => buffer.subarray(0, length),
    /** These, and what was there before is left to whoever has it. */
    keep(rest: Buffer): void {
      if (rest.length === length) return;
      buffer = Buffer.from(rest);
      length = rest.length;
    },
  };
}

function createParser(): (bytes: Buffer) => Packet {
  const packets: Packet[] = [];
  const packetParser = parser();
  packetParser.on('packet', (packet) => packets.push(packet));
  // An emitter throws its 'error' event when nobody listens: that is what is wanted here.
  return (bytes) => {
    packetParser.parse(bytes);
    const packet = packets.pop();
    if (packet === undefined) throw new Error('MQTT packet shorter than it says.');
    return packet;
  };
}

/** With its fixed header; undefined while that is not complete. */
function packetSize(bytes: Buffer, limitBytes: number): number | undefined {
  let length = 0;
  for (let index = 1; index <= 4; index++) {
    const byte = bytes[index];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 0x80 ** (index - 1);
    if (byte >= 0x80) continue;
    if (length > limitBytes) throw new Error(`MQTT packet of ${length} bytes.`);
    return 1 + index + length;
  }
  throw new Error('MQTT packet length of more than four bytes.');
}
