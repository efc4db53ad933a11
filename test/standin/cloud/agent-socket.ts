import { constants, privateDecrypt, randomBytes } from 'node:crypto';
import { generate, type Packet } from 'mqtt-packet';
import { expect } from 'vitest';
import { agentKeys, openTls, type ReachableCloud, recordedId, request, type TestCloud } from './test-cloud.ts';

/** The WebSocket of an agent, written from the transcript: it can read only what a real agent can read. */
export interface AgentSocket {
  /** The server's answer to the upgrade, whole. */
  handshake: string;
  /** One binary frame, masked. */
  send(bytes: Buffer | string): void;
  sendPacket(packet: Packet, level?: 4 | 5): void;
  /** The payload of the next frame in hex; 'closed' when the connection is over. */
  next(): Promise<string>;
  /** A frame as it is, with its opcode. */
  sendFrame(opcode: number, payload: Buffer): void;
  /** Breaks the connection. */
  destroy(): void;
}

const RECORDED_KEY = 'OAxehwmzK27RkMmhyAWtXA==';

export async function openSocket(cloud: TestCloud, upgrade = upgradeRequest): Promise<AgentSocket> {
  const socket = openTls(cloud);
  const frames: string[] = [];
  const waiting: ((frame: string) => void)[] = [];
  const deliver = (frame: string) => (waiting.shift() ?? ((text: string) => frames.push(text)))(frame);
  const handshake = Promise.withResolvers<string>();
  let isUpgraded = false;
  let bytes = Buffer.alloc(0);
  socket.on('data', (piece: Buffer) => {
    bytes = Buffer.concat([bytes, piece]);
    if (!isUpgraded) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      isUpgraded = true;
      handshake.resolve(bytes.subarray(0, end + 4).toString());
      bytes = bytes.subarray(end + 4);
    }
    for (let frame = readFrame(bytes); frame !== undefined; frame = readFrame(bytes)) {
      bytes = bytes.subarray(frame.size);
      deliver(frame.payload);
    }
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    handshake.resolve('closed');
    for (let index = 0; index < 8; index++) deliver('closed');
  });
  socket.write(upgrade);

  const sendFrame = (opcode: number, payload: Buffer) => socket.write(frameOf(opcode, payload));
  const send = (payload: Buffer | string) => sendFrame(2, typeof payload === 'string' ? Buffer.from(payload, 'hex') : payload);
  return {
    handshake: await handshake.promise,
    send,
    sendFrame: (opcode, payload) => void sendFrame(opcode, payload),
    sendPacket: (packet, level = 5) => void send(generate(packet, { protocolVersion: level })),
    next: async () => frames.shift() ?? new Promise((resolve) => waiting.push(resolve)),
    destroy: () => void socket.destroy(),
  };
}

export const upgradeRequest = [
  'GET /mqtt HTTP/1.1',
  'Host: mqtt.cloud.test',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Key: ${RECORDED_KEY}`,
  'Origin: http://example.com',
  'Sec-WebSocket-Protocol: mqtt',
  'Sec-WebSocket-Version: 13',
  '\r\n',
].join('\r\n');

/** Challenge and password: what an agent does before each connection. */
export async function oneTimePassword(cloud: ReachableCloud, id = recordedId): Promise<string> {
  const challenge = JSON.parse((await request(cloud, 'GET', `/api/v1/auth/node/${id}/challenge`)).body).challenge;
  const answer = await request(cloud, 'POST', `/api/v1/auth/node/${id}/password`, JSON.stringify({ response: solve(challenge) }));
  return JSON.parse(answer.body).password;
}

/** The secret of a challenge, in base64. */
export function solve(challenge: string): string {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const key = { key: agentKeys.privateKey, padding, oaepHash: 'sha1' };
  return privateDecrypt(key, Buffer.from(challenge, 'base64')).toString('base64');
}

interface ConnectOptions {
  level?: 4 | 5;
  keepalive?: number;
  will?: boolean;
  willTopic?: string;
  willQos?: 0 | 1 | 2;
  willPayload?: string;
  password?: string;
  id?: string;
}

/** Sends CONNECT with a fresh password and resolves with the socket, after the CONNACK said yes. */
export async function goOnline(cloud: TestCloud, options: ConnectOptions = {}): Promise<AgentSocket> {
  const { level = 5 } = options;
  const socket = await openSocket(cloud);
  await sendConnect(cloud, socket, options);
  expect(await socket.next()).toBe(level === 5 ? '2003000000' : '20020000');
  return socket;
}

export async function sendConnect(cloud: TestCloud, socket: AgentSocket, options: ConnectOptions = {}): Promise<void> {
  const { level = 5, keepalive = 60, will = true, id = recordedId } = options;
  const { willTopic = `/agent/${id}/outbound/v1/agent-connection` } = options;
  const password = options.password ?? (await oneTimePassword(cloud, id));
  const willPacket = {
    topic: willTopic,
    payload: options.willPayload === undefined ? connectionReport(id, false) : Buffer.from(options.willPayload),
    qos: options.willQos ?? (0 as const),
  };
  socket.sendPacket(
    {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: level,
      clientId: id,
      username: id,
      password: Buffer.from(password),
      keepalive,
      clean: true,
      ...(will ? { will: willPacket } : {}),
    },
    level,
  );
}

/** UpdateAgentConnection with claim id and reachable, written out: fields 1 and 2. */
export function connectionReport(id: string, reachable: boolean): Buffer {
  return Buffer.concat([Buffer.from([0x0a, 36]), Buffer.from(id), reachable ? Buffer.from([0x10, 1]) : Buffer.alloc(0)]);
}

// What a real agent cannot read (transcript 2, WebSocket) fails here: anything but whole, unmasked, binary frames.
function readFrame(bytes: Buffer): { payload: string; size: number } | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const start = second === 126 ? 4 : second === 127 ? 10 : 2;
  if (bytes.length < start) return undefined;
  const length = second === 126 ? bytes.readUInt16BE(2) : second === 127 ? Number(bytes.readBigUInt64BE(2)) : second;
  if (bytes.length < start + length) return undefined;
  const payload = bytes.subarray(start, start + length).toString('hex');
  const isReadable = first === 0x82 && second < 128;
  return { payload: isReadable ? payload : `frame ${first.toString(16)} ${payload}`, size: start + length };
}

function frameOf(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const length =
    payload.length < 126 ? Buffer.from([0x80 | payload.length]) : Buffer.from([0xfe, payload.length >> 8, payload.length & 0xff]);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x80 | opcode]), length, mask, masked]);
}
