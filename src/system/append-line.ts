import { constants as flags } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from './whole-file.ts';

/** Appends one line that is whole and on the disk when this returns. The torn end of a line that a crash left is cut off first. */
export async function appendLine(path: string, line: string): Promise<void> {
  if (line.includes('\n')) throw new Error('A line has no line feed in it.');
  const handle = await open(path, flags.O_RDWR | flags.O_CREAT | flags.O_NOFOLLOW, 0o600);
  try {
    const { size } = await handle.stat();
    const whole = await wholeLinesBytes(handle, size);
    if (whole < size) await handle.truncate(whole);
    await appendAt(handle, Buffer.from(`${line}\n`), whole);
    await handle.sync();
    if (size === 0) await syncDirectory(dirname(path));
  } finally {
    await handle.close();
  }
}

/** A full disk takes part of a line: that part is taken back. */
async function appendAt(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  try {
    for (let written = 0; written < bytes.length; ) {
      written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
    }
  } catch (error) {
    await handle.truncate(position);
    throw error;
  }
}

/** How many bytes the file has up to and with its last line feed. */
async function wholeLinesBytes(handle: FileHandle, size: number): Promise<number> {
  const piece = Buffer.alloc(4096);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - piece.length);
    const { bytesRead } = await handle.read(piece, 0, end - start, start);
    const lastLineFeed = piece.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (lastLineFeed >= 0) return start + lastLineFeed + 1;
    end = start;
  }
  return 0;
}
