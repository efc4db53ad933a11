import { closeSync, existsSync, constants as flags, fstatSync, lstatSync, openSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errorCode } from './error-code.ts';
import { foreignSentence, isChangedByOthers, rootsNumbers } from './way-in.ts';

/**
 * Calls `work` with a path to the same entry whose directory is held open, so that nobody can lead it elsewhere meanwhile. Root writes in
 * directories of the agent's user, who could put a link in the place of a directory there: such a link is refused (ELOOP). Links in directories
 * that only root can write are an administrator's, and are followed. Other users than root get the path as it is: they have no more rights than their agent.
 */
export async function atTrustedPlace<Result>(path: string, work: (place: string) => Promise<Result>): Promise<Result> {
  if (!canHold()) return work(path);
  const directory = openDirectory(dirname(path));
  try {
    return await work(`${DESCRIPTORS}/${directory}/${basename(path)}`);
  } catch (error) {
    throw withRealPath(error, directory, dirname(path));
  } finally {
    closeSync(directory);
  }
}

/** Whether this process is root, who has something to lose, and can hold what it has looked at. */
export function canHold(): boolean {
  return process.geteuid?.() === 0 && existsSync(DESCRIPTORS);
}

/** A directory that is held open, as a path; to be closed by who has it. */
export function pathOfHeld(descriptor: number): string {
  return `${DESCRIPTORS}/${descriptor}`;
}

/** Holds a directory that root alone can change, and can reach through such ones only. Throws EPERM with the sentence that says where others can. */
export function holdRootsDirectory(path: string): number {
  return openDirectory(path, refuseForeign);
}

/** Throws EPERM where others can change what has these facts. */
export function refuseForeign({ uid, gid, mode, isDirectory }: Looked, path: string): void {
  const place = { path, userId: uid, groupId: gid, mode, kind: isDirectory ? ('directory' as const) : ('file' as const) };
  if (!isChangedByOthers(place, rootsNumbers(lstatSync('/').uid))) return;
  throw Object.assign(new Error(foreignSentence(place)), { code: 'EPERM', path });
}

interface Looked {
  uid: number;
  gid: number;
  mode: number;
  isDirectory: boolean;
}

/** Name by name from the top. With calls that do not go through the thread pool: there are many, and each takes microseconds. */
function openDirectory(path: string, check?: (facts: Looked, path: string) => void): number {
  const names = namesIn(path);
  let here = openSync('/', AS_PLACE);
  let walked = '';
  try {
    check?.({ ...factsOfHeld(here), isDirectory: true }, '/');
    for (let links = 0; names.length > 0; ) {
      const name = names.shift() ?? '';
      let next = directoryAt(here, name);
      if (next === undefined) {
        links += 1;
        const target = linkTarget(here, name);
        if (links > MOST_LINKS || !isTrustedLink(pathOfHeld(here), name)) throw fileError('ELOOP', `${walked}/${name}`);
        names.unshift(...namesIn(target));
        if (!target.startsWith('/')) continue;
        walked = '';
        next = openSync('/', AS_PLACE);
      } else walked += `/${name}`;
      closeSync(here);
      here = next;
      check?.({ ...factsOfHeld(here), isDirectory: true }, walked || '/');
    }
    return here;
  } catch (error) {
    closeSync(here);
    throw withRealPath(error, here, walked);
  }
}

function factsOfHeld(descriptor: number): Pick<Looked, 'uid' | 'gid' | 'mode'> {
  const { uid, gid, mode } = fstatSync(descriptor);
  return { uid, gid, mode };
}

/** undefined: something else than a directory is there, perhaps a link. */
function directoryAt(parent: number, name: string): number | undefined {
  try {
    return openSync(`${DESCRIPTORS}/${parent}/${name}`, AS_PLACE | flags.O_NOFOLLOW);
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function linkTarget(parent: number, name: string): string {
  try {
    return readlinkSync(`${DESCRIPTORS}/${parent}/${name}`);
  } catch (error) {
    throw errorCode(error) === 'EINVAL' ? fileError('ENOTDIR', `${DESCRIPTORS}/${parent}/${name}`) : error;
  }
}

/** Whether root put this link into the directory. In a user namespace root's files may have another owner's number than 0: the one that `/` has. */
export function isTrustedLink(directory: string, name: string): boolean {
  const rootOwner = statSync('/').uid;
  const isTrusted = (userId: number) => userId === 0 || userId === rootOwner;
  const { uid, mode } = statSync(directory);
  const othersWrite = (mode & 0o022) !== 0;
  return isTrusted(uid) && (!othersWrite || isTrusted(lstatSync(`${directory}/${name}`).uid));
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function fileError(code: 'ELOOP' | 'ENOTDIR', path: string): Error {
  const text = code === 'ELOOP' ? 'a link that is not followed' : 'not a directory';
  return Object.assign(new Error(`${code}: ${text}, '${path}'`), { code, path });
}

/** People know the directory by its name, not by a descriptor. */
function withRealPath(error: unknown, descriptor: number, directory: string): unknown {
  if (!(error instanceof Error)) return error;
  const held = new RegExp(`${DESCRIPTORS}/${descriptor}(?!\\d)`, 'g');
  for (const field of ['message', 'stack', 'path', 'dest'] as const) {
    // The cast: errors of files are Node's, and have these fields.
    const fields = error as unknown as Partial<Record<typeof field, string>>;
    if (fields[field] !== undefined) fields[field] = fields[field].replaceAll(held, directory);
  }
  return error;
}

const DESCRIPTORS = '/proc/self/fd';
// O_PATH, which Node does not name: on the way only the permission to search is needed. Source: Linux include/uapi/asm-generic/fcntl.h.
const AS_PLACE = 0o10000000 | flags.O_DIRECTORY;
const MOST_LINKS = 40;
