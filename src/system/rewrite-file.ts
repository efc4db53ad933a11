import { constants as flags } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './error-code.ts';
import type { NewFile } from './system.ts';
import { rootsNumbers } from './way-in.ts';
import { replaceFile } from './whole-file.ts';

/**
 * The same file with other content: hard links, extended attributes, access control lists and a mount that leads to it stay. Where others than root
 * and this user could have put a second name of something else there, a new file takes its place instead.
 */
export async function rewriteFile(place: string, content: Uint8Array, file: NewFile): Promise<void> {
  if (await isOthersDirectory(dirname(place))) return putFile(place, file, content);
  await writeInPlace(place, file, content);
}

/** As replaceFile; a file that is a mount point, which nothing can take the place of, is written in place. Only root makes one. */
export async function putFile(place: string, file: NewFile, content: string | Uint8Array): Promise<void> {
  await orInPlace(
    replaceFile(place, file, (handle) => handle.writeFile(content)),
    () => writeInPlace(place, file, Buffer.from(content)),
  );
}

/** What does instead where a rename or a removal meets a mount point. */
export async function orInPlace(work: Promise<void>, inPlace: () => Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (errorCode(error) !== 'EBUSY') throw error;
    await inPlace();
  }
}

export async function writeInPlace(place: string, { mode, owner }: NewFile, content: Uint8Array): Promise<void> {
  const handle = await fs.open(place, flags.O_RDWR | flags.O_NOFOLLOW | flags.O_NONBLOCK);
  try {
    const facts = await handle.stat();
    if (!facts.isFile())
      throw Object.assign(new Error(`EINVAL: not a regular file, '${place}'`), { code: 'EINVAL', path: place });
    const changesHands = owner !== undefined && (owner.userId !== facts.uid || owner.groupId !== facts.gid);
    const changesMode = changesHands || (facts.mode & 0o7777) !== mode;
    // Nobody may read the new content who may not read it later. Without a change nothing is set: it would touch an access control list.
    if (changesMode) await handle.chmod(facts.mode & mode & 0o777);
    if (changesHands) await handle.chown(owner.userId, owner.groupId);
    await overwrite(handle, content, facts.size);
    if (changesMode) await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What is longer than before goes first: when the disk is full by then, the file is still what it was. */
async function overwrite(handle: fs.FileHandle, content: Uint8Array, sizeBytes: number): Promise<void> {
  try {
    await writeAt(handle, content.subarray(sizeBytes), sizeBytes);
  } catch (error) {
    await handle.truncate(sizeBytes);
    throw error;
  }
  await writeAt(handle, content.subarray(0, sizeBytes), 0);
  await handle.truncate(content.length);
}

async function writeAt(handle: fs.FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}

async function isOthersDirectory(directory: string): Promise<boolean> {
  const [facts, top] = await Promise.all([fs.stat(directory), fs.stat('/')]);
  const owners = new Set([...rootsNumbers(top.uid), process.geteuid?.()]);
  return !owners.has(facts.uid) || (facts.mode & 0o002) !== 0 || ((facts.mode & 0o020) !== 0 && facts.gid !== 0);
}
