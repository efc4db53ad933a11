/** A stream between two that work at the same time. */
export interface Handover {
  /** Resolves when there is room for more, or when nobody reads any more. */
  give(piece: Uint8Array): Promise<void>;
  end(): void;
  /** The reader gets this error instead of the rest. */
  break(error: unknown): void;
  /** Nobody reads any more, or ever began to. */
  leave(): void;
  /** Read once. */
  pieces: AsyncIterable<Uint8Array>;
}

/** Whoever gives may be ahead of whoever reads by some bytes, so that neither waits for each piece of the other. */
export function handover(aheadBytes = 256 * 1024): Handover {
  const waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let state: 'open' | 'ended' | 'left' = 'open';
  let broken: { error: unknown } | undefined;
  let changed = Promise.withResolvers<void>();

  return {
    async give(piece) {
      if (state !== 'open') return;
      waiting.push(piece);
      waitingBytes += piece.length;
      tell();
      while (waitingBytes > aheadBytes && state === 'open') await changed.promise;
    },
    end() {
      if (state === 'open') state = 'ended';
      tell();
    },
    break(error) {
      broken = { error };
      state = 'ended';
      tell();
    },
    leave,
    pieces: { [Symbol.asyncIterator]: read },
  };

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        if (broken !== undefined) throw broken.error;
        const piece = waiting.shift();
        if (piece === undefined && state === 'ended') return;
        if (piece === undefined) {
          await changed.promise;
          continue;
        }
        waitingBytes -= piece.length;
        tell();
        yield piece;
      }
    } finally {
      leave();
    }
  }

  function leave(): void {
    state = 'left';
    waiting.length = 0;
    tell();
  }

  function tell(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }
}
