import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

/** It is no tar archive, or not a whole one, or one that was made to do harm. */
export class TarDamaged extends Error {}

export interface TarLimits {
  /** Of the tar, without compression. */
  maximumBytes: number;
  signal?: AbortSignal | undefined;
}

/**
 * The tar in a tar or tar.gz archive. It is inflated beside the main thread, in large pieces, no faster than it is read.
 * Throws TarDamaged for what is no gzip, and for what grows so much that it was made to fill a disk; and what reading throws.
 */
export async function* plainTar(archive: AsyncIterable<Uint8Array>, limits: TarLimits): AsyncGenerator<Buffer> {
  const { signal } = limits;
  let compressedBytes = 0;
  const counted = countedBy(archive, (bytes) => {
    compressedBytes += bytes;
  });
  const { isGzip, pieces } = await sniffed(counted);
  let tarBytes = 0;
  let first = true;
  for await (const piece of isGzip ? inflated(pieces, signal) : pieces) {
    signal?.throwIfAborted();
    tarBytes += piece.length;
    if (tarBytes > limits.maximumBytes) throw new TarDamaged(`unpacked it has more than ${limits.maximumBytes} bytes`);
    if (tarBytes > freeBytes + mostGrowth * compressedBytes) throw new TarDamaged('it grows more than a hundredfold');
    // Or the parser of the tar would inflate it once more, without any limit.
    if (first && isCompressed(piece)) throw new TarDamaged('there is another compressed file in it');
    first = false;
    yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  }
}

async function* countedBy(pieces: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    count(piece.length);
    yield piece;
  }
}

/** The same pieces, with the beginning in one. */
async function sniffed(archive: AsyncIterable<Uint8Array>): Promise<{ isGzip: boolean; pieces: AsyncIterable<Uint8Array> }> {
  const rest = archive[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < magicBytes) {
    const piece = await rest.next();
    if (piece.done) break;
    head = Buffer.concat([head, piece.value]);
  }
  async function* again() {
    try {
      if (head.length > 0) yield head;
      for (let piece = await rest.next(); !piece.done; piece = await rest.next()) yield piece.value;
    } finally {
      await rest.return?.();
    }
  }
  return { isGzip: startsWith(head, gzipMagic), pieces: again() };
}

async function* inflated(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: pieceBytes });
  const feeding = pipeline(pieces, gunzip, signal === undefined ? {} : { signal });
  // What goes wrong is told by the reading below.
  feeding.catch(() => undefined);
  try {
    yield* gunzip;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof Error && 'code' in error && /^Z_/.test(String(error.code)))) throw error;
    throw new TarDamaged(error.message);
  } finally {
    gunzip.destroy();
  }
}

function isCompressed(piece: Uint8Array): boolean {
  return startsWith(piece, gzipMagic) || startsWith(piece, zstdMagic);
}

function startsWith(piece: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => piece[index] === byte);
}

// RFC 1952, RFC 8878.
const gzipMagic: readonly number[] = [0x1f, 0x8b];
const zstdMagic: readonly number[] = [0x28, 0xb5, 0x2f, 0xfd];
const magicBytes = 2;
const pieceBytes = 64 * 1024;
// Source trees shrink to a tenth; a gzip can shrink to a thousandth. What is this small may grow as it likes.
const freeBytes = 128 * 1024 ** 2;
const mostGrowth = 100;
