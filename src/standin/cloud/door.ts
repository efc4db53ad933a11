import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerText, refusal } from './answer.ts';
import type { Pair } from './certificate.ts';
import type { Gate } from './gate.ts';
import { countedAddress, type Limits } from './limits.ts';
import type { WrongCertificate } from './misbehaviour.ts';
import type { Scenario } from './scenario.ts';
import type { WrongCertificates } from './wrong-certificates.ts';

interface DoorParts {
  identity: Pair;
  wrongCertificates: WrongCertificates;
  scenario: Scenario;
  gate: Gate;
  limits: Pick<Limits, 'idleSeconds'>;
  onRequest(request: IncomingMessage, response: ServerResponse): void;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** The TLS port: who comes in, how large and how slow what they say may be, and which certificate they are shown. */
export interface Door {
  /** The port, which is another than the one asked for when that was 0. */
  listen(port: number, host: string): Promise<number>;
  /** Breaks the connection of this request with a reset. */
  reset(request: IncomingMessage): void;
  /** This connection is a link, or an administrator's who watches: it never gives way to another. */
  keep(socket: Duplex): void;
  /** Ends every connection; resolves when the port is free. */
  close(): Promise<void>;
}

interface Connection {
  socket: Socket;
  address: string;
  hasLeft: boolean;
}

export function createDoor(parts: DoorParts): Door {
  const { identity, wrongCertificates, scenario, gate, limits } = parts;
  const server = createServer({
    key: identity.key,
    cert: identity.certificate,
    handshakeTimeout: 10_000,
    maxHeaderSize: 16 * 1024,
    headersTimeout: 20_000,
    requestTimeout: 30_000,
    connectionsCheckingInterval: 5_000,
    keepAliveTimeout: limits.idleSeconds * 1000,
    requireHostHeader: false, // a proxied request of an old agent has none
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  });
  server.maxHeadersCount = 100;

  const connections = new Map<string, Connection>();
  // Those that may give way, the one on which nothing was asked for longest first.
  const unkept = new Map<string, Connection>();
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
    if (!gate.enter(address) && !(givesWay(address) && gate.enter(address))) return void socket.destroy();
    const name = peerName(socket);
    const connection: Connection = { socket, address, hasLeft: false };
    connections.set(name, connection);
    unkept.set(name, connection);
    socket.on('close', () => {
      // A port can be used again before we hear that its last connection is over.
      if (connections.get(name) === connection) connections.delete(name);
      if (unkept.get(name) === connection) unkept.delete(name);
      leave(connection);
    });
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', refuseRubbish);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    asks(request.socket);
    parts.onRequest(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    asks(request.socket);
    parts.onUpgrade(request, socket, head);
  });

  function leave(connection: Connection): void {
    if (connection.hasLeft) return;
    connection.hasLeft = true;
    gate.leave(connection.address);
  }

  function asks(socket: Socket): void {
    const name = peerName(socket);
    const connection = unkept.get(name);
    if (connection === undefined || !unkept.delete(name)) return;
    unkept.set(name, connection);
  }

  /** Ends the connection that was of no use for longest, of this address unless all have too many. False when there is none. */
  function givesWay(address: string): boolean {
    const counted = countedAddress(address);
    for (const [name, connection] of unkept) {
      if (!gate.isFull() && countedAddress(connection.address) !== counted) continue;
      unkept.delete(name);
      leave(connection);
      connection.socket.destroy();
      return true;
    }
    return false;
  }

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
    reset: ({ socket }) => void connections.get(peerName(socket))?.socket.resetAndDestroy(),
    keep: (socket) => void (socket instanceof Socket && unkept.delete(peerName(socket))),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const { socket } of connections.values()) socket.destroy();
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
