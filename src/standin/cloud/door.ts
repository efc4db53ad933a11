import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerText, refusal } from './answer.ts';
import type { Pair } from './certificate.ts';
import type { Gate } from './gate.ts';
import type { WrongCertificate } from './misbehaviour.ts';
import type { Scenario } from './scenario.ts';
import type { WrongCertificates } from './wrong-certificates.ts';

interface DoorParts {
  identity: Pair;
  wrongCertificates: WrongCertificates;
  scenario: Scenario;
  gate: Gate;
  maximumConnections: number;
  onRequest(request: IncomingMessage, response: ServerResponse): void;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** The TLS port: who comes in, how large and how slow what they say may be, and which certificate they are shown. */
export interface Door {
  /** The port, which is another than the one asked for when that was 0. */
  listen(port: number, host: string): Promise<number>;
  /** Breaks the connection of this request with a reset. */
  reset(request: IncomingMessage): void;
  /** Ends every connection; resolves when the port is free. */
  close(): Promise<void>;
}

export function createDoor(parts: DoorParts): Door {
  const { identity, wrongCertificates, scenario, gate } = parts;
  const server = createServer({
    key: identity.key,
    cert: identity.certificate,
    handshakeTimeout: 10_000,
    maxHeaderSize: 16 * 1024,
    headersTimeout: 20_000,
    requestTimeout: 30_000,
    connectionsCheckingInterval: 5_000,
    requireHostHeader: false, // a proxied request of an old agent has none
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  });
  server.maxConnections = parts.maximumConnections;
  server.maxHeadersCount = 100;

  const sockets = new Map<string, Socket>();
  let shown: WrongCertificate | undefined;
  let isReset = false;
  // Before Node's own listener, which takes the certificate that the server has at that moment.
  server.prependListener('connection', () => {
    const chosen = scenario.choose('tls');
    isReset = chosen?.reset === true;
    if (chosen?.certificate === shown) return;
    shown = chosen?.certificate;
    const { key, certificate } = (shown === undefined ? undefined : wrongCertificates.find(shown)) ?? identity;
    server.setSecureContext({ key, cert: certificate });
  });
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? 'unknown';
    socket.on('error', () => socket.destroy());
    if (isReset) return void socket.resetAndDestroy();
    if (!gate.enter(address)) return void socket.destroy();
    const name = peerName(socket);
    sockets.set(name, socket);
    socket.on('close', () => {
      // A port can be used again before we hear that its last connection is over.
      if (sockets.get(name) === socket) sockets.delete(name);
      gate.leave(address);
    });
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', refuseRubbish);
  server.on('request', parts.onRequest);
  server.on('upgrade', parts.onUpgrade);

  return {
    async listen(port, host) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    // A TLS socket cannot be reset, only the TCP socket below it.
    reset: ({ socket }) => void sockets.get(peerName(socket))?.resetAndDestroy(),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
}

function refuseRubbish(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  if (socket.writable) socket.end(answerText(refusal(status, 'ErrBadRequest', 'this is not an HTTP request'), 'Bad Request'));
  else socket.destroy();
}

function peerName({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
