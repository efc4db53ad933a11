import { HttpFailure, type HttpStream } from './system.ts';

interface Head {
  status: number;
  headers: Readonly<Record<string, string>>;
}

/** What part of the whole file a body is. Source: RFC 9110 14.4. */
export function bodyRange({ status, headers }: Head): Pick<HttpStream, 'sizeBytes' | 'from' | 'totalBytes'> {
  const sizeBytes = numberOf(headers['content-length']);
  if (status !== 206) return { sizeBytes, from: 0, totalBytes: sizeBytes };
  const [, from, , total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? [];
  return { sizeBytes, from: numberOf(from), totalBytes: numberOf(total) };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

interface Rate {
  silenceMilliseconds: number;
  leastBytes: number;
}

/** The same pieces; a server that only drips is as good as silent. The time that the reader takes for itself does not count. */
export function atLeast(
  body: AsyncIterable<Uint8Array>,
  url: string,
  { silenceMilliseconds, leastBytes }: Rate,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const pieces = body[Symbol.asyncIterator]();
      let waited = 0;
      let bytes = 0;
      return {
        async next() {
          const begin = performance.now();
          const piece = await pieces.next();
          if (piece.done) return piece;
          waited += performance.now() - begin;
          bytes += piece.value.length;
          if (bytes >= leastBytes) waited = bytes = 0;
          if (waited < silenceMilliseconds) return piece;
          await pieces.return?.();
          const rate = `fewer than ${leastBytes} bytes in ${silenceMilliseconds / 1000} s`;
          throw new HttpFailure('timeout', url, `The server sent ${rate}`);
        },
        return: async () => (await pieces.return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}
