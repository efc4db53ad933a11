import { createServer, request as forward, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { afterEach } from 'vitest';
import type { Pair } from '../../src/standin/cloud/certificate.ts';

const open: (Server | TcpServer)[] = [];
const connections = new WeakMap<Server | TcpServer, Set<Socket>>();

afterEach(async () => {
  await Promise.all(open.splice(0).map(close));
});

/** A server on 127.0.0.1, gone after the test with all its connections. Returns its base URL. */
export async function serve(answer: RequestListener, pair?: Pair): Promise<string> {
  const server = pair ? createTlsServer({ key: pair.key, cert: pair.certificate }, answer) : createServer(answer);
  return `${pair ? 'https' : 'http'}://127.0.0.1:${await listen(server)}`;
}

/** An HTTP proxy that takes every request to one server, whatever its name; HTTP/1.0, as tinyproxy. `seen` has what it was asked. */
export async function serveProxy(target: string): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const { port } = new URL(target);
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']}`);
    const onward = forward(target, { method: request.method, headers: request.headers });
    onward.on('response', (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers)));
    request.pipe(onward);
  });
  server.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url}`);
    const onward = connect(Number(port), '127.0.0.1', () => socket.write('HTTP/1.0 200 Connection established\r\n\r\n'));
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    onward.pipe(socket).pipe(onward);
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, seen };
}

/** What a test's SOCKS5 proxy is like: it asks for this login, and gives this reply instead of leading on. */
interface SocksManner {
  login?: { user: string; password: string };
  reply?: number;
}

/** A SOCKS5 proxy that leads to one server whatever name it is asked for. `seen` has those names, or addresses. Source: RFC 1928 and 1929. */
export async function serveSocks(
  target: string,
  { login, reply = 0 }: SocksManner = {},
): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const { port } = new URL(target);
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (greeting: Buffer) => {
      const method = login === undefined ? 0 : 2;
      if (!greeting.subarray(2).includes(method)) return socket.end(Buffer.from([5, 255]));
      socket.write(Buffer.from([5, method]));
      if (login === undefined) return socket.once('data', lead);
      socket.once('data', (given: Buffer) => {
        const wanted = Buffer.concat([textWithLength(login.user), textWithLength(login.password)]);
        if (!given.subarray(1).equals(wanted)) return socket.end(Buffer.from([1, 1]));
        socket.write(Buffer.from([1, 0]));
        socket.once('data', lead);
      });
    });
    function lead(request: Buffer): void {
      seen.push(request[3] === 3 ? request.subarray(5, 5 + (request[4] ?? 0)).toString() : request.subarray(4, 8).join('.'));
      if (reply !== 0) return void socket.end(Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]));
      const onward = connect(Number(port), '127.0.0.1', () => {
        // In two pieces, as a network may do.
        socket.write(Buffer.from([5, 0, 0]));
        setImmediate(() => socket.write(Buffer.from([1, 0, 0, 0, 0, 0, 0])));
      });
      onward.on('error', () => socket.destroy());
      onward.pipe(socket).pipe(onward);
    }
  });
  return { url: `socks5h://127.0.0.1:${await listen(server)}`, seen };
}

function textWithLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

/** A TCP server that does with each connection what it is told. Returns its port. */
export async function serveTcp(answer: (socket: Socket) => void): Promise<number> {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => socket.destroy());
      answer(socket);
    }),
  );
}

async function listen(server: Server | TcpServer): Promise<number> {
  open.push(server);
  const sockets = new Set<Socket>();
  connections.set(server, sockets);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // The cast: a server that listens on TCP has such an address.
  return (server.address() as AddressInfo).port;
}

function close(server: Server | TcpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
    for (const socket of connections.get(server) ?? []) socket.destroy();
  });
}
