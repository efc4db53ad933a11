import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { isIPv6, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { loadAdminToken } from './admin-token.ts';
import { createAgentLinks } from './agent-link.ts';
import { type Answer, answerText, readBody, refusal, sendAnswer } from './answer.ts';
import type { CloudEvent, OnCloudEvent } from './cloud-event.ts';
import { createMisbehaviours, type Endpoint } from './misbehaviour.ts';
import { createMqttOverWebSocket } from './mqtt-over-websocket.ts';
import { historyRow } from './node-history.ts';
import { openNodes } from './nodes.ts';
import { createOneTimeValues } from './one-time-values.ts';
import { createQueries } from './queries.ts';
import { findRoute, isMqttPath, type RouterParts, splitTarget } from './router.ts';
import { loadServerIdentity } from './server-identity.ts';
import type { FirstStart } from './store/first-start.ts';
import { openStore } from './store/store.ts';

export interface CloudOptions {
  host: string;
  /** 0 for any that is free. */
  port: number;
  /** Made when it is not there. Holds the CA, the database and the admin token. */
  dataDirectory: string;
  onEvent?: OnCloudEvent;
}

export interface Cloud {
  /** https, with the port: the claim URL. */
  url: string;
  /** PEM file that clients must trust. */
  caFile: string;
  adminToken: string;
  /** Only of the start that made the database: what was made, which cannot be read again. */
  first?: FirstStart;
  /** Ends every connection at once; resolves when the port is free and the state is on disk. */
  close(): Promise<void>;
}

/**
 * Starts a stand-in for Netdata Cloud: claim API, link API, and MQTT over WebSocket, all over TLS on one port.
 * Throws CLOUD_DATA_UNUSABLE, and Node's own errors: the port is taken, or the data directory cannot be written or holds damaged files.
 */
export async function startCloud({
  host,
  port,
  dataDirectory,
  onEvent: tellOwner = () => undefined,
}: CloudOptions): Promise<Cloud> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const identity = await loadServerIdentity(dataDirectory, host);
  const adminToken = await loadAdminToken(dataDirectory);
  const { store, first } = await openStore(dataDirectory, (error) => tellOwner({ kind: 'fault', error }));
  const nodes = openNodes(store);
  const onEvent = (event: CloudEvent) => {
    const kept = historyRow(event);
    if (kept !== undefined) nodes.note(kept.id, kept.row);
    tellOwner(event);
  };
  const [secrets, passwords] = [createOneTimeValues(ONE_TIME_SECONDS, 8), createOneTimeValues(ONE_TIME_SECONDS, 8)];
  const [queries, misbehaviours] = [createQueries(), createMisbehaviours()];
  const links = createAgentLinks({ nodes, passwords, queries, onEvent });
  const mqtt = createMqttOverWebSocket(links.owner);
  const own = { host: isAnyAddress(host) ? '127.0.0.1' : host, port };
  const parts: RouterParts = {
    adminToken,
    store,
    nodes,
    links,
    queries,
    misbehaviours,
    secrets,
    passwords,
    onEvent,
    onReplaced(id) {
      secrets.forget(id);
      passwords.forget(id);
      links.session(id)?.close();
    },
    own: () => own,
  };
  const closing = new AbortController();

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
  server.maxConnections = 1000;

  const sockets = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const name = peerName(socket);
    sockets.set(name, socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(name));
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseRubbish(error, socket));
  server.on('request', (request, response) => void serve(request, response));
  server.on('upgrade', (request, socket, head) => void upgrade(request, socket, head));

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => response.destroy());
    try {
      const route = findRoute(request, parts);
      const body = await readBody(request, BODY_BYTES);
      const instead = route.endpoint === undefined ? undefined : await misbehaviours.next(route.endpoint, closing.signal);
      if (instead === 'hang') return;
      if (instead === 'reset') return reset(request);
      if (instead !== undefined) return finish(request, response, instead);
      if (body === undefined) return finish(request, response, refusal(413, 'ErrBadRequest', 'the body is too long'));
      const answer = route.take === undefined ? await route.answer(body) : route.take(response);
      if (answer !== undefined) finish(request, response, answer);
      else tell(request, 200);
    } catch (error) {
      if (response.destroyed || closing.signal.aborted) return;
      onEvent({ kind: 'fault', error });
      if (response.headersSent) response.destroy();
      else finish(request, response, refusal(500, 'ErrInternalServerError', 'a fault in the stand-in'));
    }
  }

  function finish(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
    if (response.destroyed) return;
    sendAnswer(response, answer);
    tell(request, answer.status);
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const instead = isMqttPath(request.url) ? await nextOrHang('mqtt') : refusal(404, 'ErrNotFound', 'nothing is here');
    if (instead === 'hang' || socket.destroyed) return;
    if (instead === 'reset') return reset(request);
    tell(request, instead?.status ?? 101);
    if (instead !== undefined) socket.end(answerText(instead, 'Refused'));
    else mqtt.upgrade(request, socket, head);
  }

  function nextOrHang(endpoint: Endpoint) {
    return misbehaviours.next(endpoint, closing.signal).catch(() => 'hang' as const); // only while closing
  }

  function tell({ method = '', url, socket }: IncomingMessage, status: number): void {
    onEvent({ kind: 'request', method, path: splitTarget(url).path, status, address: socket.remoteAddress ?? 'unknown' });
  }

  // A TLS socket cannot be reset, only the TCP socket below it.
  function reset({ socket }: IncomingMessage): void {
    sockets.get(peerName(socket))?.resetAndDestroy();
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  }).catch((error: unknown) => {
    store.database.close();
    throw error;
  });
  const address = server.address();
  if (typeof address === 'object' && address !== null) own.port = address.port;

  return {
    url: `https://${isIPv6(own.host) ? `[${own.host}]` : own.host}:${own.port}`,
    caFile: identity.caFile,
    adminToken,
    ...(first === undefined ? {} : { first }),
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      mqtt.close();
      for (const socket of sockets.values()) socket.destroy();
      await closed;
      store.database.close();
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

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

const BODY_BYTES = 64 * 1024;
const ONE_TIME_SECONDS = 60;
