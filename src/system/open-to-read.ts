import { constants as flags, readlinkSync, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { errorCode } from './error-code.ts';
import type { ReadHow } from './system.ts';
import { atTrustedPlace, canHold, isTrustedLink } from './trusted-place.ts';

/**
 * Opens a file to be read, without waiting for anybody: a pipe in its place would never say anything. What is open is then looked at, and not what
 * is at its path: by then another file may be there.
 */
export async function openToRead(path: string, links: ReadHow['links']): Promise<fs.FileHandle> {
  if (links === undefined) return fs.open(path, READ);
  if (links === 'refused') return atTrustedPlace(path, (place) => fs.open(place, READ | flags.O_NOFOLLOW));
  return canHold() ? openThroughRootsLinks(path) : fs.open(path, READ);
}

async function openThroughRootsLinks(path: string, links = 0): Promise<fs.FileHandle> {
  const opened = await atTrustedPlace(path, async (place) => {
    try {
      return await fs.open(place, READ | flags.O_NOFOLLOW);
    } catch (error) {
      if (errorCode(error) !== 'ELOOP' || links > mostLinks || !isTrustedLink(dirname(place), basename(place))) throw error;
      return resolve(dirname(path), readlinkSync(place));
    }
  });
  return typeof opened === 'string' ? openThroughRootsLinks(opened, links + 1) : opened;
}

/** The text of a small file at a path that somebody named: of a device, a pipe without end or something huge it is an error, and not waited for. */
export async function readSmall(path: string, links?: ReadHow['links'], maximumBytes = mostBytes): Promise<string> {
  const handle = await openToRead(path, links);
  return textOf(handle, path, maximumBytes).finally(() => handle.close());
}

/** The whole text of what is open. Throws EFBIG where it is larger, however large it says it is, and EINVAL for a device, which may never end. */
async function textOf(handle: fs.FileHandle, path: string, maximumBytes: number): Promise<string> {
  const facts = await handle.stat();
  refuseDevice(facts, path);
  if (facts.size > maximumBytes) throw tooLarge(path, maximumBytes);
  const pieces: Buffer[] = [];
  let read = 0;
  // One byte more than is said, so that a file of the kernel, which says 0, and one that grows come whole.
  for (let size = Math.max(facts.size + 1, 4096); ; size = 65_536) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(size), 0, size);
    if (bytesRead === 0) return Buffer.concat(pieces).toString('utf8');
    read += bytesRead;
    if (read > maximumBytes) throw tooLarge(path, maximumBytes);
    pieces.push(buffer.subarray(0, bytesRead));
  }
}

/** The bytes of a regular file from a position on; closes it. Throws EINVAL for anything else. */
export async function* bytesOf(path: string, { links, from = 0 }: ReadHow & { from?: number }): AsyncGenerator<Uint8Array> {
  const handle = await openToRead(path, links);
  try {
    if (!(await handle.stat()).isFile()) throw fileError('EINVAL', 'not a regular file', path);
    yield* handle.createReadStream({ autoClose: false, start: from });
  } finally {
    await handle.close();
  }
}

function refuseDevice(facts: Stats, path: string): void {
  if (facts.isCharacterDevice() || facts.isBlockDevice()) throw fileError('EINVAL', 'not a regular file', path);
}

function tooLarge(path: string, maximumBytes: number): Error {
  return fileError('EFBIG', `larger than ${maximumBytes} bytes`, path);
}

function fileError(code: string, text: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${text}, '${path}'`), { code, path });
}

const mostBytes = 64 * 1024 * 1024;
const READ = flags.O_RDONLY | flags.O_NONBLOCK;
// Source: Linux path_resolution(7).
const mostLinks = 40;
