import { closeSync, fchmodSync, fchownSync, constants as flags, openSync, unlinkSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode } from './error-code.ts';
import type { NewFile } from './system.ts';

/**
 * Where a file is written before it takes its place. The name follows from the target's, so that what a kill leaves here is found again:
 * the next write replaces it, and the removal of the target takes it away too.
 */
export function partPath(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 100)}.kickstart-part`);
}

/** A new file beside the target takes its place when it is whole and on the disk. */
export async function replaceFile(path: string, file: NewFile, fill: (handle: fs.FileHandle) => Promise<void>): Promise<void> {
  const beside = partPath(path);
  await fs.rm(beside, { force: true });
  await createWhole(beside, file, async (handle) => {
    await fill(handle);
    await handle.sync();
  });
  try {
    await fs.rename(beside, path);
  } catch (error) {
    await fs.unlink(beside);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Creates a file that was not there, or nothing. Nobody else can read it before it has its owner and mode. */
export async function createWhole(
  path: string,
  { mode, owner }: NewFile,
  fill: (handle: fs.FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await fs.open(path, ONLY_NEW, 0o600);
  try {
    if (owner !== undefined) await handle.chown(owner.userId, owner.groupId);
    await handle.chmod(mode);
    await fill(handle);
    await handle.close();
  } catch (error) {
    await handle.close();
    await fs.unlink(path);
    throw error;
  }
}

/** createWhole with bytes that are there already. Not through the thread pool: for a small file the way there and back is most of the time. */
export function createSmall(path: string, { mode, owner }: NewFile, content: Uint8Array): void {
  const descriptor = openSync(path, ONLY_NEW, 0o600);
  try {
    if (owner !== undefined) fchownSync(descriptor, owner.userId, owner.groupId);
    fchmodSync(descriptor, mode);
    writeFileSync(descriptor, content);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** A name is on the disk when its directory is. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await fs.open(path, flags.O_RDONLY | flags.O_DIRECTORY);
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems, such as those over a network, cannot do this for directories; then it is as good as it gets there.
    if (!['EINVAL', 'ENOTSUP'].includes(errorCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

const ONLY_NEW = flags.O_WRONLY | flags.O_CREAT | flags.O_EXCL | flags.O_NOFOLLOW;
