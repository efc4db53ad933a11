import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type SessionInput, serveMqtt } from './mqtt-connection.ts';
import type { SessionOwner } from './mqtt-session.ts';

export interface MqttOverWebSocket {
  /** Takes over the socket of a WebSocket upgrade; one that is none is answered with 400 and closed. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends all connections now, without firing wills. */
  close(): void;
}

/** MQTT in binary WebSocket frames, never compressed or fragmented, for any Origin. Source: spec/claiming-and-link.md 7.7. */
export function createMqttOverWebSocket(owner: (address: string) => SessionOwner): MqttOverWebSocket {
  const open = new Set<SessionInput>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: LIMIT_BYTES,
    handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false),
  });

  server.on('connection', (socket, request) => {
    const transport = {
      send(bytes: Buffer) {
        if (socket.bufferedAmount > LIMIT_BYTES) return socket.terminate(); // reads nothing, or far too slowly
        socket.send(bytes, { binary: true, fin: true });
      },
      close: () => socket.terminate(),
      // Agents close by themselves and do not wait for our Close (transcript 2).
      closeSoon: () => void setTimeout(() => socket.terminate(), LINGER_MILLISECONDS).unref(),
    };
    const session = serveMqtt(transport, owner(request.socket.remoteAddress ?? 'unknown'));
    open.add(session);
    socket.on('message', (data, isBinary) => (isBinary && Buffer.isBuffer(data) ? session.receive(data) : session.lost()));
    socket.on('error', () => socket.terminate()); // broken frames; 'close' follows
    socket.on('close', () => {
      open.delete(session);
      session.lost();
    });
  });

  return {
    upgrade: (request, socket, head) =>
      server.handleUpgrade(request, socket, head, (webSocket) => server.emit('connection', webSocket, request)),
    close() {
      for (const session of open) session.shutDown();
      for (const socket of server.clients) socket.terminate();
    },
  };
}

const LIMIT_BYTES = 4 * 1024 * 1024;
const LINGER_MILLISECONDS = 2000;
