import type { Dispatcher } from 'undici';
import type { HttpBody } from './http-body.ts';

type UpgradeRequest = Pick<Dispatcher.DispatchOptions, 'origin' | 'path' | 'method' | 'headers' | 'headersTimeout'> & {
  signal: AbortSignal;
};

/** Asks the server to change to WebSocket, and gives the head of its answer: 101 when it does. Nothing is said over the new connection. */
export function askUpgrade(
  dispatcher: Dispatcher,
  { signal, ...options }: UpgradeRequest,
): Promise<Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'>> {
  return new Promise((resolve, reject) => {
    let stop: () => void = () => undefined;
    dispatcher.dispatch(
      { ...options, upgrade: 'websocket' },
      {
        onRequestStart(controller) {
          stop = () => controller.abort(signal.reason);
          if (signal.aborted) stop();
          signal.addEventListener('abort', stop, { once: true });
        },
        onRequestUpgrade(_controller, statusCode, headers, socket) {
          signal.removeEventListener('abort', stop);
          socket.on('error', () => undefined);
          socket.destroy();
          resolve({ statusCode, headers });
        },
        // undici's own upgrade() forgets the status of a server that does not change.
        onResponseStart(_controller, statusCode, headers) {
          signal.removeEventListener('abort', stop);
          resolve({ statusCode, headers });
        },
        onResponseData() {},
        onResponseEnd() {},
        onResponseError(_controller, error) {
          signal.removeEventListener('abort', stop);
          reject(error);
        },
      },
    );
  });
}

/** The body of an answer that nobody reads. */
export function noBody(dispatcher: Dispatcher): HttpBody {
  let done: () => void = () => undefined;
  const httpBody: HttpBody = {
    close() {
      done();
      void dispatcher.destroy();
    },
    endWith(callback) {
      done = callback;
      return httpBody;
    },
    [Symbol.asyncIterator]: () => ({
      async next() {
        httpBody.close();
        return { done: true, value: undefined };
      },
    }),
  };
  return httpBody;
}
