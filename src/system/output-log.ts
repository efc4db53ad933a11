import { constants, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** A file to which the output of programs is appended. */
export interface OutputLog {
  fileDescriptor: number;
  write(piece: Uint8Array): void;
  /** Throws what went wrong with a write. */
  close(): Promise<void>;
}

/** Never opens a link: a log in a directory that others can write must not become a way to append to other files. */
export async function openLog(path: string): Promise<OutputLog> {
  const handle = await open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o640);
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
      if (failure !== undefined) throw failure;
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
