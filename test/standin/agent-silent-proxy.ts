import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

interface SilentProxy {
  url: string;
  /** The first line of each request. */
  seen: readonly string[];
  /** When the connection that is not passed on has come. */
  silent: Promise<void>;
}

/** An HTTP proxy that passes so many connections on to 127.0.0.1, and after that says 200 OK and nothing more. Gone after the test. */
export async function proxySilentAfter(passed: number): Promise<SilentProxy> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const sockets: Socket[] = [];
  const seen: string[] = [];
  let count = 0;
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', (request) => {
      seen.push(request.toString().split('\r\n')[0] ?? '');
      const port = Number(/^CONNECT [^ ]*:(\d+) /.exec(request.toString())?.[1]);
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      count += 1;
      if (count > passed) return resolve();
      const onward = connect(port, '127.0.0.1');
      onward.on('error', () => socket.destroy());
      onward.pipe(socket).pipe(onward);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  // The cast: a server that listens on TCP has such an address.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, silent: promise };
}
