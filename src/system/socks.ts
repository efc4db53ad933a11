import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { isIP, isIPv6, type Socket } from 'node:net';
import { loginOf } from './http-route.ts';
import { HttpFailure } from './system.ts';

interface SocksRequest {
  /** socks5 or socks5h; may hold user and password. */
  proxy: URL;
  /** Of the server, without brackets. */
  host: string;
  port: number;
  /** Shown in errors. */
  url: string;
}

/**
 * Asks a SOCKS5 proxy, on a socket that leads to it, for a connection onward. With socks5 the name is resolved here, with socks5h by the proxy.
 * Throws HttpFailure. Source: RFC 1928 and 1929; undici's own client does not resolve names, and does not decode passwords.
 */
export async function askSocks(socket: Socket, { proxy, host, port, url }: SocksRequest): Promise<void> {
  const target = proxy.protocol === 'socks5:' ? await resolved(host, url) : host;
  const login = loginOf(proxy);
  const [user, password] = [Buffer.from(login?.user ?? ''), Buffer.from(login?.password ?? '')];
  const refuse = (reason: 'proxy-login' | 'proxy-refused', why: string) =>
    new HttpFailure(reason, url, `The proxy ${proxy.host} ${why}`);
  const take = bytesOf(socket, () => refuse('proxy-refused', 'closed the connection without an answer'));
  if (user.length > 255 || password.length > 255)
    throw refuse('proxy-login', 'cannot be given a user or password of more than 255 bytes');

  const methods = user.length > 0 ? [noLogin, userAndPassword] : [noLogin];
  socket.write(Buffer.from([version, methods.length, ...methods]));
  const [spoken, method] = await take(2);
  if (spoken !== version) throw refuse('proxy-refused', 'does not speak SOCKS5');
  if (method === userAndPassword && user.length > 0) {
    socket.write(Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([password.length]), password]));
    const [, status] = await take(2);
    if (status !== 0) throw refuse('proxy-login', 'does not accept the user and password');
  } else if (method !== noLogin) {
    throw refuse('proxy-login', user.length > 0 ? 'wants another login than user and password' : 'wants a user and password');
  }

  socket.write(Buffer.concat([Buffer.from([version, connect, 0]), address(target), Buffer.from([port >> 8, port & 255])]));
  const [, reply = 1, , kind = 0, first = 0] = await take(5);
  if (reply !== 0) throw refuse('proxy-refused', `does not lead to the server: ${replies[reply] ?? `reply ${reply}`}`);
  // The address that the proxy uses: nobody needs it. Its first byte is read, which is the length of a name.
  await take((kind === 1 ? 4 : kind === 4 ? 16 : first + 1) - 1 + 2);
}

async function resolved(host: string, url: string): Promise<string> {
  if (isIP(host)) return host;
  try {
    return (await lookup(host, { order: 'ipv4first' })).address;
  } catch (error) {
    const detail = 'The name of the server could not be found here; with socks5h:// the proxy looks for it';
    throw new HttpFailure('name-not-found', url, detail, error);
  }
}

/** Reads exactly as many bytes as are asked for. Everything is taken out of the socket at once: with bytes left in it, it is always readable. */
function bytesOf(socket: Socket, ended: () => Error): (count: number) => Promise<Buffer> {
  let kept: Buffer = Buffer.alloc(0);
  return async (count) => {
    while (kept.length < count) {
      const piece: Buffer | null = socket.read();
      if (piece !== null) kept = Buffer.concat([kept, piece]);
      else if (socket.readableEnded || socket.destroyed) throw socket.errored ?? ended();
      else await newsOf(socket);
    }
    const bytes = kept.subarray(0, count);
    kept = kept.subarray(count);
    return bytes;
  };
}

async function newsOf(socket: Socket): Promise<void> {
  const done = new AbortController();
  const news = ['readable', 'end', 'close'].map((event) => once(socket, event, { signal: done.signal }));
  for (const waiting of news) waiting.catch(() => undefined);
  // What an error was is asked of the socket.
  await Promise.race(news).catch(() => undefined);
  done.abort();
}

function address(host: string): Buffer {
  if (isIPv6(host)) return Buffer.from([4, ...ipv6Bytes(host)]);
  if (isIP(host)) return Buffer.from([1, ...host.split('.').map(Number)]);
  const name = Buffer.from(host);
  return Buffer.concat([Buffer.from([3, name.length]), name]);
}

/** The URL parser writes all groups in hexadecimal, also where an IPv4 address is the end. */
function ipv6Bytes(host: string): number[] {
  const [left = '', right] = new URL(`http://[${host}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(left), groups(right ?? '')];
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 255]);
}

const version = 5;
const connect = 1;
const noLogin = 0;
const userAndPassword = 2;
// RFC 1928, 6.
const replies: Readonly<Record<number, string>> = {
  1: 'general failure',
  2: 'its rules forbid the connection',
  3: 'the network cannot be reached',
  4: 'the server cannot be found or reached',
  5: 'the server refuses the connection',
  6: 'the connection took too many hops',
  7: 'it does not make connections',
  8: 'it does not take this kind of address',
};
