import { isIP } from 'node:net';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { buildConnector, Dispatcher } from 'undici';
import { type Environment, routeTo } from './http-route.ts';
import { openTunnel } from './http-tunnel.ts';
import { readSmall } from './open-to-read.ts';
import { type HttpAnswer, HttpFailure, type HttpRequest } from './system.ts';

interface ConnectionRequest extends Pick<HttpRequest, 'caFile' | 'insecure' | 'proxy' | 'socketPath'> {
  url: URL;
  connectMilliseconds: number;
  /** Ends the connecting at once. */
  signal: AbortSignal;
  /** Called when the connection is there, which is when the request is sent. */
  connected(): void;
}

interface Connection {
  dispatcher: Dispatcher;
  /** What is known of it, once there is an answer. */
  made: Pick<HttpAnswer, 'proxyHttpVersion'>;
  /** The proxy that the request itself goes to, with the whole URL in it. */
  forwardedBy?: URL;
}

/**
 * What carries one exchange: directly or through a proxy, trusting the system's certificates and those in a file.
 * Nothing is kept open between exchanges: a connection that the other side has closed meanwhile would look like a lost answer.
 */
export async function openConnection(request: ConnectionRequest, environment: Environment): Promise<Connection> {
  const { url, connectMilliseconds: timeout } = request;
  const proxy = request.socketPath === undefined ? routeTo(url, request.proxy, environment) : undefined;
  // Lazily: undici is most of kickstart, and many commands need no network.
  const { Agent, buildConnector } = await import('undici');
  const made: Connection['made'] = {};
  const connecting = new AbortController();
  const isSecure = url.protocol === 'https:' || proxy?.protocol === 'https:';
  const tls = isSecure
    ? { secureContext: await trust(request.caFile, url.href), rejectUnauthorized: request.insecure !== true }
    : {};
  // HTTP/1.1 is all that release servers and the Cloud need, and its time limits are known to hold.
  const connector = buildConnector({
    ...tls,
    ...(request.socketPath !== undefined && { socketPath: request.socketPath }),
    ...{ timeout, allowH2: false, signal: connecting.signal },
  });
  const options = { allowH2: false, pipelining: 0 };
  if (proxy === undefined)
    return { dispatcher: new Agent({ ...options, connect: noting(connector, request, connecting) }), made };
  // Proxies do not like tunnels to port 80: a plain request is sent to the proxy itself.
  if (url.protocol === 'http:' && /^https?:$/.test(proxy.protocol)) {
    // undici would take the name for TLS from the Host header, which names the server.
    const servername = isIP(proxy.hostname.replace(/^\[(.+)\]$/, '$1')) === 0 ? proxy.hostname : '';
    const toProxy: buildConnector.connector = (target, callback) => connector({ ...target, servername }, callback);
    const connect = noting(toProxy, request, connecting, (error) => proxyUnreachable(proxy, url, error));
    return { dispatcher: new Agent({ ...options, connect }), made, forwardedBy: proxy };
  }
  const { secureContext } = tls;
  const through: buildConnector.connector = (target, callback) => {
    const port = Number(target.port || (target.protocol === 'https:' ? 443 : 80));
    const way = { proxy, host: target.hostname, port, url: url.href, milliseconds: timeout, signal: request.signal };
    openTunnel({ ...way, ...(secureContext && { secureContext }) }).then(
      ({ socket, httpVersion }) => {
        if (httpVersion !== undefined) made.proxyHttpVersion = httpVersion;
        if (target.protocol === 'https:') connector({ ...target, httpSocket: socket }, callback);
        else callback(null, socket);
      },
      (error) => callback(error, null),
    );
  };
  return { dispatcher: new Agent({ ...options, connect: noting(through, request, connecting) }), made };
}

/**
 * Says when the connection is there, and ends the connecting with the exchange: undici would wait for it even then.
 * A failure may get another name.
 */
function noting(
  connector: buildConnector.connector,
  { connected, signal }: Pick<ConnectionRequest, 'connected' | 'signal'>,
  connecting: AbortController,
  named: (error: Error) => Error = (error) => error,
): buildConnector.connector {
  return (target, callback) => {
    const end = () => connecting.abort();
    signal.addEventListener('abort', end, { once: true });
    connector(target, (error, socket) => {
      signal.removeEventListener('abort', end);
      if (error !== null) return callback(named(error), null);
      connected();
      callback(null, socket);
    });
  };
}

function proxyUnreachable({ host }: URL, { href }: URL, error: Error): HttpFailure {
  const { message } = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  return new HttpFailure('proxy-unreachable', href, `The proxy ${host} cannot be reached: ${message}`, error);
}

async function trust(caFile: string | undefined, url: string): Promise<SecureContext> {
  const system = systemCertificates();
  if (caFile === undefined) return createSecureContext({ ca: system });
  try {
    return createSecureContext({ ca: [...system, await readSmall(caFile)] });
  } catch (error) {
    throw new HttpFailure('tls', url, `The certificates in ${caFile} cannot be read`, error);
  }
}

/** A system without a certificate store leaves those that came with Node. */
function systemCertificates(): string[] {
  const system = getCACertificates('system');
  return [...new Set(system.length > 0 ? system : getCACertificates('default'))];
}
