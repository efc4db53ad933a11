import type { Dispatcher } from 'undici';
import { httpFailure } from './http-failure.ts';

/** A body that is read once. `close` ends the connection at once, also while a piece is being waited for. */
export interface HttpBody extends AsyncIterable<Uint8Array> {
  close(): void;
  /** Calls `done` when the body has been read, has failed or is closed. */
  endWith(done: () => void): HttpBody;
}

/** The body, with its failures as HttpFailure. Whoever stops reading early thereby closes it. */
export function readBody(body: Dispatcher.ResponseData['body'], url: string, dispatcher: Dispatcher): HttpBody {
  // What closing it leads to is no news.
  body.on('error', () => undefined);
  const pieces = body[Symbol.asyncIterator]();
  let closed = false;
  let done: () => void = () => undefined;

  const httpBody: HttpBody = {
    close() {
      closed = true;
      done();
      body.destroy();
      void dispatcher.destroy();
    },
    endWith(callback) {
      done = callback;
      return httpBody;
    },
    // Not a generator: its return() would wait for the piece that may never come.
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (closed) return { done: true, value: undefined };
        try {
          const piece = await pieces.next();
          if (piece.done) httpBody.close();
          return piece;
        } catch (error) {
          const wasClosed = closed;
          httpBody.close();
          if (wasClosed) return { done: true, value: undefined };
          throw httpFailure(error, url, 'reading');
        }
      },
      async return() {
        httpBody.close();
        return { done: true, value: undefined };
      },
    }),
  };
  return httpBody;
}
