// An agent on the wire and nothing else: what 1.37.1 was recorded to send, made as cheap as can be, so that thousands fit beside the Cloud
// that is measured. Written from spec/agent-wire-transcript.md; shares no code with src.
import { constants, privateDecrypt } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { generate } from 'mqtt-packet';

/** One claim, on a connection of its own, as curl does. Resolves with the status; 0 is a connection that broke. */
export async function claimAgent({ id, token, room, publicKey, address }, cloud) {
  const claim = { node: { id, hostname: `simulated-${id.slice(-6)}` }, token, rooms: [room], publicKey, mGUID: id };
  const body = JSON.stringify(claim);
  const answer = await exchange({ method: 'PUT', path: `/api/v1/spaces/nodes/${id}`, body, address }, cloud);
  return answer.status;
}

/**
 * env, challenge, password, WebSocket, MQTT 5, subscriptions and the messages that lead to a node id. Resolves when the node id is there, with
 * the open link; throws when a step is refused. `onClosed` is called when the link ends, unless `end` ended it, which resets the connection.
 */
export async function linkAgent({ id, privateKey, address, keepaliveSeconds, onClosed }, cloud) {
  await wanted(200, { method: 'GET', path: `/api/v1/env?v=1.37.1&cap=proto,ctx&claim_id=${id}`, address }, cloud);
  const auth = `/api/v1/auth/node/${id}`;
  const { challenge } = JSON.parse((await wanted(200, { method: 'GET', path: `${auth}/challenge`, address }, cloud)).body);
  const secret = privateDecrypt(
    { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
    Buffer.from(challenge, 'base64'),
  );
  const body = JSON.stringify({ response: secret.toString('base64') });
  const { password } = JSON.parse((await wanted(201, { method: 'POST', path: `${auth}/password`, body, address }, cloud)).body);
  return openLink({ id, password, address, keepaliveSeconds, onClosed }, cloud);
}

function openLink({ id, password, address, keepaliveSeconds, onClosed }, cloud) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const root = `/agent/${id}`;
  const { tcp, socket } = openTls(address, cloud);
  const send = (packet) => socket.write(frameOf(generate(packet, { protocolVersion: 5 })));
  const report = (name, messageId, payload) =>
    send({ cmd: 'publish', topic: `${root}/outbound/v1/${name}`, payload, qos: 1, messageId, dup: false, retain: false });
  const link = {
    ping: () => socket.write(PING),
    end() {
      socket.removeListener('close', closed);
      tcp.resetAndDestroy();
    },
  };

  // What comes from the Cloud, by the kind of packet.
  const answers = {
    2(packet) {
      if (packet[3] !== 0) return socket.destroy(new Error(`CONNACK ${packet.toString('hex')}`));
      send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: `${root}/inbound/cmd`, qos: 1 }] });
      send({ cmd: 'subscribe', messageId: 2, subscriptions: [{ topic: `${root}/inbound/v1/cmd/+`, qos: 1 }] });
      report('agent-connection', 3, message([1, id], [2, true]));
    },
    3(packet) {
      const start = packet[1] < 128 ? 2 : 3;
      const topicEnd = start + 2 + packet.readUInt16BE(start);
      const name = packet
        .toString('latin1', start + 2, topicEnd)
        .split('/')
        .at(-1);
      send({ cmd: 'puback', messageId: packet.readUInt16BE(topicEnd) });
      if (name === 'SendNodeInstances') report('node-instance/create', 4, message([1, id], [2, id], [3, 'simulated']));
      if (name !== 'CreateNodeInstanceResult') return;
      const at = topicEnd + 3; // after the packet's number and the length of its properties, which are none
      const nodeId = packet.toString('latin1', at + 2, at + 38);
      report('node-instance/connection', 5, message([1, id], [2, nodeId], [3, true], [4, true]));
      resolve(link);
    },
  };

  let bytes = Buffer.alloc(0);
  let isUpgraded = false;
  socket.on('data', (piece) => {
    bytes = bytes.length === 0 ? piece : Buffer.concat([bytes, piece]);
    if (!isUpgraded) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = bytes.toString('latin1', 0, end);
      if (!head.startsWith('HTTP/1.1 101 ')) return socket.destroy(new Error(head.split('\r\n')[0]));
      isUpgraded = true;
      bytes = bytes.subarray(end + 4);
      send(connectPacket({ id, root, password, keepaliveSeconds }));
    }
    for (let size = frameSize(bytes); size !== undefined && bytes.length >= size; size = frameSize(bytes)) {
      const packet = bytes.subarray(bytes[1] < 126 ? 2 : 4, size);
      if (bytes[0] === 0x82) answers[packet[0] >> 4]?.(packet);
      bytes = bytes.subarray(size);
    }
    // A piece of a shared buffer would keep all of it alive.
    bytes = bytes.length === 0 ? EMPTY : Buffer.from(bytes);
  });
  let why;
  socket.on('error', (error) => {
    why = error;
  });
  function closed() {
    reject(why ?? new Error('The Cloud closed the link.'));
    onClosed();
  }
  socket.on('close', closed);
  socket.write(upgradeRequest);
  return promise;
}

function connectPacket({ id, root, password, keepaliveSeconds }) {
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clean: true,
    clientId: id,
    keepalive: keepaliveSeconds,
    username: id,
    password: Buffer.from(password),
    will: { topic: `${root}/outbound/v1/agent-connection`, payload: message([1, id]), qos: 2, retain: false },
  };
}

async function wanted(status, question, cloud) {
  const answer = await exchange(question, cloud);
  if (answer.status !== status)
    throw new Error(`${question.method} ${question.path.slice(0, 20)}… was answered with ${answer.status}`);
  return answer;
}

/** One request on a connection of its own, which agents close when the answer is whole. Status 0 when it broke before. */
function exchange({ method, path, body = '', address }, cloud) {
  const { promise, resolve } = Promise.withResolvers();
  const { socket } = openTls(address, cloud);
  const pieces = [];
  const answer = () => {
    const text = Buffer.concat(pieces).toString('latin1');
    const bodyAt = text.indexOf('\r\n\r\n') + 4;
    const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? [];
    const [, length = 0] = /^content-length: (\d+)/im.exec(text.slice(0, bodyAt)) ?? [];
    return bodyAt >= 4 && text.length >= bodyAt + Number(length) && { status: Number(status), body: text.slice(bodyAt) };
  };
  socket.on('data', (piece) => {
    pieces.push(piece);
    const whole = answer();
    if (whole === false) return;
    resolve(whole);
    socket.destroy();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => resolve({ status: 0, body: '' }));
  const length = body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: simulated\r\n${length}\r\n${body}`);
  return promise;
}

// A whole handshake each time: agents keep no sessions. They look at the chain, and not at the name (transcript 2).
function openTls(address, { port, secureContext }) {
  const tcp = connectTcp({ host: '127.0.0.1', port, localAddress: address, noDelay: true });
  const socket = connectTls({ socket: tcp, secureContext, checkServerIdentity: () => undefined });
  return { tcp, socket };
}

/** Field numbers with a text or true → a protobuf message. Texts are shorter than 128 bytes. */
function message(...fields) {
  return Buffer.concat(
    fields.map(([number, value]) =>
      value === true ? Buffer.from([number << 3, 1]) : Buffer.from([(number << 3) | 2, value.length, ...Buffer.from(value)]),
    ),
  );
}

/** Undefined while the length is not there. */
function frameSize(bytes) {
  if (bytes.length < 2) return undefined;
  if (bytes[1] < 126) return 2 + bytes[1];
  return bytes.length < 4 ? undefined : 4 + bytes.readUInt16BE(2);
}

// Masked, as a client must, with a mask of zeros, which costs nothing.
function frameOf(payload) {
  const length = payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([0x82, ...length, 0, 0, 0, 0]), payload]);
}

const EMPTY = Buffer.alloc(0);
const PING = frameOf(Buffer.from([0xc0, 0]));
const upgradeRequest = [
  'GET /mqtt HTTP/1.1',
  'Host: 127.0.0.1',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: OAxehwmzK27RkMmhyAWtXA==',
  'Origin: http://example.com',
  'Sec-WebSocket-Protocol: mqtt',
  'Sec-WebSocket-Version: 13',
  '\r\n',
].join('\r\n');
