import { constants, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { atTrustedPlace } from './trusted-place.ts';
import { withPath } from './with-path.ts';

/** A file to which the output of programs is appended. */
export interface OutputLog {
  fileDescriptor: number;
  write(piece: Uint8Array): void;
  /** Throws what went wrong with a write. */
  close(): Promise<void>;
}

/** Never opens a link, or a file that has another name, too: a log in a directory that others can write must not become a way to append to other files. Nor a pipe, which would wait for a reader. */
export async function openLog(path: string): Promise<OutputLog> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await atTrustedPlace(path, (place) =>
    open(place, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o640),
  );
  const { nlink } = await handle.stat();
  if (nlink > 1) {
    await handle.close();
    throw Object.assign(new Error(`EPERM: a file with a second name is no log, '${path}'`), { code: 'EPERM', path });
  }
  let failure: unknown;
  return {
    fileDescriptor: handle.fd,
    // At once, so that standard output and errors stand in the log in the order in which they came.
    write(piece) {
      try {
        for (let written = 0; written < piece.length && failure === undefined; ) written += writeSync(handle.fd, piece, written);
      } catch (error) {
        failure = error;
      }
    },
    async close() {
      await handle.close();
      if (failure !== undefined) throw withPath(failure, path);
    },
  };
}

/** Reads a program's output: all of it goes to the log, and the last MiB is kept. Returns what gives that end, as text, and stops reading. */
export function keepTail(stream: Readable, log: OutputLog | undefined): () => string {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  const keep = (piece: Uint8Array) => {
    log?.write(piece);
    pieces.push(piece);
    sizeBytes += piece.length;
    while (sizeBytes - (pieces[0]?.length ?? 0) >= keptBytes) sizeBytes -= pieces.shift()?.length ?? 0;
  };
  stream.on('data', keep);
  return () => {
    stream.off('data', keep);
    return Buffer.concat(pieces).subarray(-keptBytes).toString();
  };
}

const keptBytes = 1024 * 1024;
