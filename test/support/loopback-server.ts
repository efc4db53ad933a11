import { createServer, request as forward, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { afterEach } from 'vitest';
import type { Pair } from '../../src/standin/cloud/certificate.ts';

const open: (Server | TcpServer)[] = [];

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

/** A SOCKS5 proxy, without password, that leads to one server whatever name it is asked for. `seen` has those names. Source: RFC 1928. */
export async function serveSocks(target: string): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const { port } = new URL(target);
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', (request: Buffer) => {
        seen.push(request.subarray(5, 5 + (request[4] ?? 0)).toString());
        const onward = connect(Number(port), '127.0.0.1', () => socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
        onward.pipe(socket).pipe(onward);
      });
    });
  });
  return { url: `socks5h://127.0.0.1:${await listen(server)}`, seen };
}

async function listen(server: Server | TcpServer): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // The cast: a server that listens on TCP has such an address.
  return (server.address() as AddressInfo).port;
}

function close(server: Server | TcpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}
