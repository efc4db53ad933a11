import { type Packet, parser } from 'mqtt-packet';

/**
 * Bytes in any pieces → MQTT packets: WebSocket frames and packets do not match (spec/claiming-and-link.md 7.7).
 * The returned function throws for bytes that are no packet, or one longer than the limit. It stops when `onPacket` returns false.
 * Each packet is cut out before mqtt-packet sees it, because that parser reads a short DISCONNECT on into the next packet.
 */
export function createPacketReader(limitBytes: number, onPacket: (packet: Packet) => boolean): (bytes: Buffer) => void {
  const parse = createParser();
  let pieces: Buffer[] = [];
  let length = 0;
  let needed = 2;
  return (bytes) => {
    pieces.push(bytes);
    length += bytes.length;
    if (length < needed) return;
    let rest = Buffer.concat(pieces);
    let size = packetSize(rest, limitBytes);
    while (size !== undefined && rest.length >= size) {
      if (!onPacket(parse(rest.subarray(0, size)))) return;
      rest = rest.subarray(size);
      size = packetSize(rest, limitBytes);
    }
    pieces = [rest];
    length = rest.length;
    needed = size ?? length + 1;
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
