import { constants as flags, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { appendLine } from './append-line.ts';
import { errorCode } from './error-code.ts';
import { bytesOf, readSmall } from './open-to-read.ts';
import { removeWholeTree } from './remove-tree.ts';
import { orInPlace, putFile, rewriteFile, writeInPlace } from './rewrite-file.ts';
import { Secret, type Text } from './secret.ts';
import type { CopiedFile, FileFacts, NewFile, Owner, System } from './system.ts';
import { atTrustedPlace } from './trusted-place.ts';
import { createSmall, createWhole, partPath, replaceFile, syncDirectory } from './whole-file.ts';
import { withPath } from './with-path.ts';

type Files = Pick<
  System,
  | ('stat' | 'readFile' | 'readBytes' | 'readLink' | 'isSameFile' | 'modifiedAt' | 'list' | 'canWrite')
  | ('writeFile' | 'rewriteFile' | 'appendLine' | 'createFile' | 'copyFile' | 'createDirectory' | 'createLink' | 'rename')
  | ('removeFile' | 'removeEmptyDirectory' | 'removeTree' | 'setMode' | 'setOwner')
>;

/** The file system. Writes never go through a link, are whole or not there, and are on the disk when they return. */
export function createFiles(): Files {
  return {
    stat: (path) => orUndefined(fs.lstat(path).then(factsOf)),
    readFile: (path, { links, maximumBytes } = {}) => orUndefined(readSmall(path, links, maximumBytes)),
    readBytes: (path, how = {}) => bytesOf(path, how),
    readLink: (path) => orUndefined(fs.readlink(path)),
    async isSameFile(path, other) {
      const [one, two] = await Promise.all([path, other].map((each) => orUndefined(fs.stat(each, { bigint: true }))));
      return one !== undefined && two !== undefined && one.ino === two.ino && one.dev === two.dev;
    },
    modifiedAt: (path) => orUndefined(fs.stat(path).then(({ mtimeMs }) => mtimeMs)),
    list: (path) =>
      orUndefined(
        fs.readdir(path).then((names) => names.toSorted()),
        ['ENOENT'],
      ),
    async canWrite(path) {
      const written = await unless(
        fs.access(path, flags.W_OK).then(() => true),
        cannotWrite,
      );
      return written ?? false;
    },
    writeFile: (path, content, file) => at(path, (place) => putFile(place, noProgramOfOwner(file), contentBytes(content))),
    rewriteFile: (path, pieces, file) =>
      at(path, (place) =>
        rewriteFile(place, Buffer.concat(pieces.map((piece) => Buffer.from(contentBytes(piece)))), noProgramOfOwner(file)),
      ),
    appendLine: (path, line) => at(path, (place) => appendLine(place, line)),
    createFile: (path, content, file) =>
      content instanceof Uint8Array
        ? at(path, async (place) => createSmall(place, file, content))
        : at(path, (place) => createWhole(place, file, (handle) => handle.writeFile(content))),
    copyFile: (from, to, file) => at(from, (source) => at(to, (target) => copyFile(source, target, file))),
    createDirectory: (path, directory) => at(path, (place) => createDirectory(place, directory)),
    createLink: (path, target) => at(path, (place) => fs.symlink(target, place)),
    rename: (from, to) => at(from, (source) => at(to, (target) => rename(source, target))),
    async removeFile(path) {
      await orUndefined(at(path, (place) => removeFile(place)));
    },
    async removeEmptyDirectory(path) {
      try {
        await at(path, (place) => fs.rmdir(place));
        return true;
      } catch (error) {
        const code = errorCode(error) ?? '';
        if (![...notThere, 'ENOTEMPTY', 'EEXIST'].includes(code)) throw error;
        const isGone = (await orUndefined(fs.lstat(path))) === undefined;
        // Something else is in its place, and is not ours to remove.
        if (!isGone && code === 'ENOTDIR') throw error;
        return isGone;
      }
    },
    async removeTree(path) {
      await orUndefined(at(path, removeWholeTree));
    },
    setMode: (path, mode) => at(path, (place) => setMode(place, mode)),
    setOwner: (path, owner) => at(path, (place) => setOwner(place, owner)),
  };
}

async function at<Result>(path: string, work: (place: string) => Promise<Result>): Promise<Result> {
  try {
    return await atTrustedPlace(path, work);
  } catch (error) {
    throw withPath(error, path);
  }
}

async function copyFile(from: string, to: string, { onlyOf, like, ...file }: CopiedFile): Promise<void> {
  const source = await fs.open(from, flags.O_RDONLY | flags.O_NOFOLLOW | flags.O_NONBLOCK);
  try {
    const facts = await source.stat();
    if (!facts.isFile()) throw Object.assign(new Error(`Not a regular file: ${from}`), { code: 'EINVAL', path: from });
    if (onlyOf !== undefined && (facts.uid !== onlyOf || facts.nlink !== 1))
      throw Object.assign(new Error(`Not a file of user ${onlyOf} alone: ${from}`), { code: 'EPERM', path: from });
    const { uid, gid, mode } = facts;
    if (like !== undefined && (uid !== like.userId || gid !== like.groupId || (mode & 0o777) !== (like.mode & 0o777)))
      throw Object.assign(new Error(`EPERM: another file took its place, '${from}'`), { code: 'EPERM', path: from });
    const fill = (handle: fs.FileHandle) => handle.writeFile(source.createReadStream({ autoClose: false }));
    await orInPlace(replaceFile(to, file, fill), async () => writeInPlace(to, file, await contentOf(source, facts.size)));
  } finally {
    await source.close();
  }
}

async function rename(from: string, to: string): Promise<void> {
  await orInPlace(fs.rename(from, to), () => moveInto(from, to));
  await orUndefined(fs.unlink(partPath(to)));
  await syncDirectory(dirname(to));
}

async function removeFile(path: string): Promise<void> {
  await orUndefined(fs.unlink(partPath(path)));
  await orUndefined(orInPlace(fs.unlink(path), () => empty(path)));
}

/** A file that is a mount point cannot go. Its owner and mode stay. */
async function empty(path: string): Promise<void> {
  const { uid, gid, mode } = await fs.lstat(path);
  await writeInPlace(path, { mode: mode & 0o7777, owner: { userId: uid, groupId: gid } }, new Uint8Array());
}

async function moveInto(from: string, to: string): Promise<void> {
  const source = await fs.open(from, flags.O_RDONLY | flags.O_NOFOLLOW | flags.O_NONBLOCK);
  try {
    const { uid, gid, mode, size } = await source.stat();
    await writeInPlace(to, { mode: mode & 0o7777, owner: { userId: uid, groupId: gid } }, await contentOf(source, size));
  } finally {
    await source.close();
  }
  await fs.unlink(from);
}

async function contentOf(source: fs.FileHandle, sizeBytes: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await source.read(Buffer.alloc(sizeBytes), 0, sizeBytes, 0);
  return buffer.subarray(0, bytesRead);
}

async function setMode(path: string, mode: number): Promise<void> {
  const handle = await fs.open(path, flags.O_RDONLY | flags.O_NOFOLLOW | flags.O_NONBLOCK);
  try {
    refuseSecondName(await handle.stat(), path);
    await handle.chmod(mode);
  } finally {
    await handle.close();
  }
}

function refuseSecondName(facts: Stats, path: string): void {
  if (!facts.isFile() || facts.nlink === 1) return;
  throw Object.assign(new Error(`EPERM: a file with a second name does not change hands, '${path}'`), { code: 'EPERM', path });
}

async function setOwner(path: string, { userId, groupId, mode }: Owner & { mode: number }): Promise<void> {
  const handle = await fs.open(path, flags.O_RDONLY | flags.O_NOFOLLOW | flags.O_NONBLOCK);
  try {
    const facts = await handle.stat();
    refuseSecondName(facts, path);
    await handle.chown(userId, groupId);
    await handle.chmod(facts.isFile() ? mode & 0o777 : mode);
  } finally {
    await handle.close();
  }
}

async function createDirectory(path: string, { mode, owner }: NewFile): Promise<void> {
  try {
    // The sticky bit is there from birth: the engine tells its own directories by it after a crash. See engine/state-directory.ts.
    await fs.mkdir(path, 0o700 | (mode & 0o1000));
  } catch (error) {
    if (errorCode(error) === 'EEXIST' && (await fs.lstat(path)).isDirectory()) return;
    throw error;
  }
  const handle = await fs.open(path, flags.O_RDONLY | flags.O_DIRECTORY | flags.O_NOFOLLOW);
  try {
    // Who may write above it could have put another one in its place.
    if ((await handle.stat()).uid !== process.geteuid?.())
      throw Object.assign(new Error(`EEXIST: not ours, '${path}'`), { code: 'EEXIST', path });
    if (owner !== undefined) await handle.chown(owner.userId, owner.groupId);
    await handle.chmod(mode);
  } catch (error) {
    await fs.rmdir(path);
    throw error;
  } finally {
    await handle.close();
  }
  await syncDirectory(dirname(path));
}

/** A text that kickstart writes is none; a mode that was seen may be that of another file, which was there a moment before. */
function noProgramOfOwner(file: NewFile): NewFile {
  return { ...file, mode: file.mode & 0o777 };
}

function contentBytes(content: Text | Uint8Array): string | Uint8Array {
  return content instanceof Secret ? Secret.reveal(content) : content;
}

function factsOf(stats: Stats): FileFacts {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'other';
  return { kind, mode: stats.mode & 0o7777, userId: stats.uid, groupId: stats.gid, sizeBytes: stats.size };
}

function orUndefined<Value>(value: Promise<Value>, codes: readonly string[] = notThere): Promise<Value | undefined> {
  return unless(value, codes);
}

async function unless<Value>(value: Promise<Value>, codes: readonly string[]): Promise<Value | undefined> {
  try {
    return await value;
  } catch (error) {
    if (codes.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

// ENOTDIR: what would be above it is a file, so nothing is there.
const notThere: readonly string[] = ['ENOENT', 'ENOTDIR'];
const cannotWrite: readonly string[] = [...notThere, 'EACCES', 'EPERM', 'EROFS', 'ELOOP'];
