import type { IncomingMessage, ServerResponse } from 'node:http';
import { serve } from './loopback-server.ts';

interface Asked {
  /** What a Range asked for, else 0. */
  from: number;
  request: IncomingMessage;
  response: ServerResponse;
  /** Calls it when the client has taken what was sent: what it has not read yet when a connection breaks is lost. */
  whenTaken(work: () => void): void;
}

/** How a server answers one request for the file. */
export type Behaviour = (file: Buffer, asked: Asked) => unknown;

/**
 * A server of one file that behaves so for one request after the other, the last way for ever. `ranges` has what was asked, `sentBytes` what of the
 * file was sent; `taken` is to be called when the client has taken something.
 */
export async function serveFile(file: Buffer, ...behaviours: readonly Behaviour[]) {
  const ranges: (string | undefined)[] = [];
  const waiting: (() => void)[] = [];
  let sentBytes = 0;
  const url = await serve((request, response) => {
    const { range } = request.headers;
    ranges.push(range);
    const write = response.write.bind(response);
    // Counted where the bytes leave; `end` with bytes is `write` first.
    response.write = ((piece: Uint8Array, ...rest: never[]) => {
      sentBytes += piece.length;
      return write(piece, ...rest);
      // The cast: the overloads of write all begin with the piece.
    }) as typeof response.write;
    const behaviour = behaviours[Math.min(ranges.length, behaviours.length) - 1];
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    behaviour?.(file, { from, request, response, whenTaken: (work) => waiting.push(work) });
  });
  const taken = () => {
    for (const work of waiting.splice(0)) work();
  };
  return { source: { from: 'url' as const, url }, ranges, sentBytes: () => sentBytes, taken };
}

/** As a good server: from where it was asked. */
export const whole: Behaviour = (file, { from, response }) => {
  response.writeHead(from > 0 ? 206 : 200, rangeHeaders(file, from));
  response.write(file.subarray(from));
  response.end();
};

/** Says the whole length, sends some bytes, and breaks the connection. */
export const resetAfter =
  (bytes: number, headers: Record<string, string> = {}): Behaviour =>
  (file, { from, request, response, whenTaken }) => {
    whenTaken(() => request.socket.resetAndDestroy());
    response.writeHead(from > 0 ? 206 : 200, { ...rangeHeaders(file, from), ...headers });
    response.write(file.subarray(from, from + bytes));
  };

/** The whole file whatever was asked. */
export const ignoringRange: Behaviour = (file, { response }) => {
  response.writeHead(200, { 'content-length': file.length });
  response.write(file);
  response.end();
};

export const status =
  (code: number, headers: Record<string, string> = {}): Behaviour =>
  (_, { response }) =>
    response.writeHead(code, headers).end('a page about it');

function rangeHeaders(file: Buffer, from: number): Record<string, string> {
  const length = { 'content-length': String(file.length - from) };
  return from > 0 ? { ...length, 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` } : length;
}
