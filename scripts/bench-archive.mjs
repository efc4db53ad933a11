import { createHash, randomFillSync } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Header } from 'tar';

const FILES = 2000;

/** Writes a tar.gz of about so many bytes: 2,000 files in 40 directories, whose content no compressor makes smaller. Returns its SHA-256. */
export async function writeArchive(file, sizeBytes) {
  const hash = createHash('sha256');
  await pipeline(
    archive(Math.floor(sizeBytes / FILES)),
    createGzip({ level: 1 }),
    async function* (pieces) {
      for await (const piece of pieces) {
        hash.update(piece);
        yield piece;
      }
    },
    createWriteStream(file),
  );
  return hash.digest('hex');
}

function* archive(fileBytes) {
  for (let number = 0; number < FILES; number += 1) {
    const header = Buffer.alloc(512);
    const path = `large-1.0/part-${number % 40}/file-${number}`;
    new Header({ path, type: 'File', mode: 0o644, size: fileBytes, mtime: new Date(0) }).encode(header);
    yield header;
    yield randomFillSync(Buffer.alloc(fileBytes));
    yield Buffer.alloc((512 - (fileBytes % 512)) % 512);
  }
  yield Buffer.alloc(1024);
}
