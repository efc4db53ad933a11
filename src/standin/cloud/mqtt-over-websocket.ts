import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type SessionInput, serveMqtt } from './mqtt-connection.ts';
import type { ChooseMisbehaviour, SessionOwner, Transport } from './mqtt-session.ts';

export interface MqttOverWebSocket {
  /** Takes over the socket of a WebSocket upgrade; one that is none is answered with 400 and closed. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends all connections now, without firing wills. */
  close(): void;
}

/** MQTT in binary WebSocket frames, never compressed or fragmented, for any Origin. Source: spec/claiming-and-link.md 7.7. */
export function createMqttOverWebSocket(
  owner: (address: string) => SessionOwner,
  choose: ChooseMisbehaviour,
  keep: (socket: Duplex) => void,
): MqttOverWebSocket {
  const open = new Set<SessionInput>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: LIMIT_BYTES,
    handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false),
  });

  server.on('connection', (socket, { socket: stream }) => accept(socket, stream));

  // Not in the listener above: what is kept as long as a link lasts would keep the request and its headers, too.
  function accept(socket: WebSocket, stream: Socket): void {
    const transport = transportOver(socket, stream, () => keep(stream));
    const session = serveMqtt({ transport, owner: owner(stream.remoteAddress ?? 'unknown'), choose });
    open.add(session);
    socket.on('message', (data, isBinary) => (isBinary && Buffer.isBuffer(data) ? session.receive(data) : session.refuse()));
    socket.on('error', () => session.refuse()); // broken frames; 'close' follows
    socket.on('close', () => {
      open.delete(session);
      session.lost();
    });
  }

  return {
    upgrade(request, socket, head) {
      // Finds machines that are gone where the agent has asked for no keepalive.
      if (socket instanceof Socket) socket.setKeepAlive(true, SILENT_MILLISECONDS);
      server.handleUpgrade(request, socket, head, (webSocket) => server.emit('connection', webSocket, request));
    },
    close() {
      for (const session of open) session.shutDown();
      for (const socket of server.clients) socket.terminate();
    },
  };
}

function transportOver(socket: WebSocket, stream: Duplex, onTrust: () => void): Transport {
  // Whoever has not shown who it is could otherwise fill the memory with one long frame.
  let strangerBytes = 0;
  const countStranger = (bytes: Buffer) => {
    strangerBytes += bytes.length;
    if (strangerBytes > STRANGER_BYTES) socket.terminate();
  };
  stream.on('data', countStranger);
  // Agents close by themselves and do not wait for our Close (transcript 2).
  const closeSoon = () => void setTimeout(() => socket.terminate(), LINGER_MILLISECONDS).unref();
  return {
    send(bytes) {
      if (socket.bufferedAmount > UNREAD_BYTES) return socket.terminate(); // reads nothing, or far too slowly
      socket.send(bytes, { binary: true, fin: true });
    },
    sendLast(bytes) {
      socket.send(bytes, { binary: true, fin: true }, () => socket.terminate());
      closeSoon();
    },
    close: () => socket.terminate(),
    closeSoon,
    trust() {
      stream.off('data', countStranger);
      onTrust();
    },
  };
}

const LIMIT_BYTES = 4 * 1024 * 1024;
const STRANGER_BYTES = 64 * 1024;
const UNREAD_BYTES = 1024 * 1024;
const SILENT_MILLISECONDS = 60_000;
const LINGER_MILLISECONDS = 2000;
