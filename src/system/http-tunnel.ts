import { request } from 'node:http';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { basicLogin } from './http-route.ts';
import { askSocks } from './socks.ts';
import { HttpFailure } from './system.ts';

interface TunnelRequest {
  /** http, https, socks5 or socks5h; may hold user and password. */
  proxy: URL;
  /** Of the server, without brackets. */
  host: string;
  port: number;
  /** Shown in errors. */
  url: string;
  /** To trust an https proxy. */
  secureContext?: SecureContext;
  /** For all of it. */
  milliseconds: number;
  /** Ends it at once. */
  signal: AbortSignal;
}

interface Tunnel {
  socket: Socket;
  /** Of the answer to CONNECT, as `1.0`; absent for SOCKS. */
  httpVersion?: string;
}

/**
 * A connection to a server through a proxy. Throws HttpFailure: proxy-unreachable, proxy-login, proxy-refused, or timeout while connecting.
 * Our own, because undici does not say whether it was the proxy that could not be reached.
 */
export async function openTunnel(tunnel: TunnelRequest): Promise<Tunnel> {
  const { proxy, url, milliseconds, signal } = tunnel;
  signal.throwIfAborted();
  const socket = begin(tunnel);
  const end = () => socket.destroy(signal.reason);
  const late = new HttpFailure(
    'timeout',
    url,
    `The proxy ${proxy.host} gave no connection within ${milliseconds / 1000} s`,
    undefined,
    'connecting',
  );
  const timer = setTimeout(() => socket.destroy(late), milliseconds);
  signal.addEventListener('abort', end, { once: true });
  try {
    await reached(socket, tunnel);
    if (!proxy.protocol.startsWith('socks')) return { socket, httpVersion: await askHttp(socket, tunnel) };
    await askSocks(socket, tunnel);
    return { socket };
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

function begin({ proxy, secureContext }: TunnelRequest): Socket {
  const host = proxy.hostname.replace(/^\[(.+)\]$/, '$1');
  const to = { host, port: Number(proxy.port || (defaultPorts[proxy.protocol] ?? 80)) };
  if (proxy.protocol !== 'https:') return connectTcp(to);
  return connectTls({ ...to, servername: isIP(host) === 0 ? host : '', ...(secureContext && { secureContext }) });
}

function reached(socket: Socket, { proxy, url, signal }: TunnelRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(proxy.protocol === 'https:' ? 'secureConnect' : 'connect', resolve);
    // Stays, so that a late error is not an unhandled one.
    socket.on('error', (error) => {
      if (signal.aborted || error instanceof HttpFailure) return reject(error);
      const why = error instanceof AggregateError ? String(error.errors[0]?.message) : error.message;
      reject(new HttpFailure('proxy-unreachable', url, `The proxy ${proxy.host} cannot be reached: ${why}`, error));
    });
  });
}

/** Asks for a tunnel with CONNECT. Returns the HTTP version of the answer. */
function askHttp(socket: Socket, { proxy, host, port, url }: TunnelRequest): Promise<string> {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const login = basicLogin(proxy);
  const headers = {
    host: target,
    'user-agent': 'kickstart',
    'proxy-connection': 'keep-alive',
    ...(login === undefined ? {} : { 'proxy-authorization': login }),
  };
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown) =>
      reject(new HttpFailure('proxy-refused', url, `The proxy ${proxy.host} ${why}`, cause));
    const asked = request({ method: 'CONNECT', path: target, headers, createConnection: () => socket });
    asked.on('connect', ({ statusCode = 0, httpVersion }, _, head) => {
      // tinyproxy says 401 to a wrong password. Seen with 1.11.1.
      if (statusCode === 407 || statusCode === 401) return reject(loginRefused(proxy, url, statusCode));
      if (statusCode < 200 || statusCode > 299) return fail(`does not lead to the server: it answers ${statusCode}`);
      if (head.length > 0) socket.unshift(head);
      resolve(httpVersion);
    });
    asked.on('response', ({ statusCode }) => fail(`does not lead to the server: it answers ${statusCode}`));
    asked.on('error', (error) => {
      if (socket.errored instanceof HttpFailure) return reject(socket.errored);
      fail(`broke off: ${error.message}`, error);
    });
    asked.end();
  });
}

/** What a proxy means by 407. */
export function loginRefused(proxy: URL, url: string, status = 407): HttpFailure {
  const why = basicLogin(proxy) === undefined ? 'wants a user and password' : 'does not accept the user and password';
  return new HttpFailure('proxy-login', url, `The proxy ${proxy.host} ${why} (${status})`);
}

const defaultPorts: Readonly<Record<string, number>> = { 'https:': 443, 'socks5:': 1080, 'socks5h:': 1080 };
