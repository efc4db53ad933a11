import { posix } from 'node:path';
import { Secret, type Text } from '../../src/system/secret.ts';
import type { FileFacts, NewFile, Owner, System } from '../../src/system/system.ts';
import { partPath } from '../../src/system/whole-file.ts';

/** What is there before the test: a text or bytes for a file (0644), or an object that says more. Directories above it come by themselves (0755). */
export type FakeEntry =
  | string
  | Uint8Array
  | { content: Text | Uint8Array; mode?: number; owner?: Owner }
  | { directory: true; mode?: number; owner?: Owner }
  | { link: string };

type Entry = Owner & { mode: number; modifiedAt?: number } & (
    | { kind: 'file'; content: Uint8Array; secret: boolean }
    | { kind: 'directory' }
    | { kind: 'link'; target: string }
  );

type FileMethods = Pick<
  System,
  | 'stat'
  | 'readFile'
  | 'readBytes'
  | 'readLink'
  | 'isSameFile'
  | 'modifiedAt'
  | 'list'
  | 'canWrite'
  | 'writeFile'
  | 'rewriteFile'
  | 'appendLine'
  | 'createFile'
  | 'copyFile'
  | 'createDirectory'
  | 'createLink'
  | 'rename'
  | 'removeFile'
  | 'removeEmptyDirectory'
  | 'removeTree'
  | 'setMode'
  | 'setOwner'
>;

/** Files, directories and links in memory, with modes and owners. Errors are Node's: ENOENT, EEXIST, ENOTDIR, EISDIR, ENOTEMPTY, EACCES, EROFS. */
export function createFakeFiles(
  initial: Readonly<Record<string, FakeEntry>>,
  processOwner: Owner,
  readOnly: readonly string[],
  now: () => number,
) {
  const root: Entry = { kind: 'directory', mode: 0o755, userId: 0, groupId: 0 };
  const entries = new Map<string, Entry>([['/', root]]);
  // Of the entries those that are links, because every path may lead through one, and few do.
  const links = new Set<string>();

  const methods: FileMethods = {
    async stat(path) {
      const entry = entries.get(locate(path));
      return entry && factsOf(entry);
    },
    async readFile(path, how) {
      const entry = entries.get(how?.links === 'refused' ? locate(path) : follow(path));
      if (!entry) return undefined;
      const bytes = fileContent(entry, path);
      if (bytes.length > (how?.maximumBytes ?? Number.POSITIVE_INFINITY)) throw fileError('EFBIG', path);
      return decode(bytes);
    },
    async *readBytes(path, how) {
      const entry = entries.get(how?.links === 'refused' ? locate(path) : follow(path));
      if (!entry) throw fileError('ENOENT', path);
      const bytes = fileContent(entry, path).subarray(how?.from ?? 0);
      // In two pieces, because code that only works for one piece is wrong.
      const middle = Math.floor(bytes.length / 2);
      if (middle > 0) yield bytes.subarray(0, middle);
      if (bytes.length > middle) yield bytes.subarray(middle);
    },
    async readLink(path) {
      const entry = entries.get(locate(path));
      if (!entry) return undefined;
      if (entry.kind !== 'link') throw fileError('EINVAL', path);
      return entry.target;
    },
    async isSameFile(path, other) {
      return follow(path) === follow(other) && entries.has(follow(path));
    },
    async modifiedAt(path) {
      return entries.get(follow(path))?.modifiedAt;
    },
    async list(path) {
      const at = follow(path);
      const entry = entries.get(at);
      if (!entry) return undefined;
      if (entry.kind !== 'directory') throw fileError('ENOTDIR', path);
      return children(at).map((child) => posix.basename(child));
    },
    async canWrite(path) {
      const at = follow(path);
      const entry = entries.get(at);
      return entry !== undefined && !isReadOnly(at) && mayWrite(entry);
    },
    async writeFile(path, content, file) {
      put(path, content, { ...file, mode: file.mode & 0o777 });
      drop(locate(partPath(path)));
    },
    async rewriteFile(path, pieces, file) {
      const entry = existing(locate(path));
      fileContent(entry, path);
      const parts = pieces.map(fileOf);
      const content = Buffer.concat(parts.map((part) => part.content));
      put(
        path,
        content,
        { owner: entry, ...file },
        parts.some(({ secret }) => secret),
      );
    },
    async appendLine(path, line) {
      const entry = entries.get(locate(path));
      const before = entry ? decode(fileContent(entry, path)) : '';
      const whole = before.slice(0, before.lastIndexOf('\n') + 1);
      put(path, `${whole}${line}\n`, entry ? { mode: entry.mode, owner: entry } : { mode: 0o600 });
    },
    async createFile(path, content, file) {
      if (entries.has(locate(path))) throw fileError('EEXIST', path);
      const pieces: Uint8Array[] = [];
      if (content instanceof Uint8Array) pieces.push(content);
      else for await (const piece of content) pieces.push(piece);
      if (entries.has(locate(path))) throw fileError('EEXIST', path);
      put(path, Buffer.concat(pieces), file);
    },
    async copyFile(from, to, { onlyOf, like, ...file }) {
      const entry = entries.get(locate(from));
      if (!entry) throw fileError('ENOENT', from);
      if (onlyOf !== undefined && entry.userId !== onlyOf) throw fileError('EPERM', from);
      const isAsSeen =
        entry.userId === like?.userId && entry.groupId === like.groupId && (entry.mode & 0o777) === (like.mode & 0o777);
      if (like !== undefined && !isAsSeen) throw fileError('EPERM', from);
      put(to, fileContent(entry, from), file, entry.kind === 'file' && entry.secret);
      drop(locate(partPath(to)));
    },
    async createDirectory(path, directory) {
      const at = locate(path);
      const there = entries.get(at);
      if (there?.kind === 'directory') return;
      if (there) throw fileError('EEXIST', path);
      add(at, { kind: 'directory', mode: directory.mode, ...ownerOf(directory) });
    },
    async createLink(path, target) {
      const at = locate(path);
      if (entries.has(at)) throw fileError('EEXIST', path);
      add(at, { kind: 'link', target, mode: 0o777, ...processOwner });
    },
    async rename(from, to) {
      const source = locate(from);
      const target = locate(to);
      const moved = entries.get(source);
      if (!moved) throw fileError('ENOENT', from);
      const replaced = entries.get(target);
      if (replaced?.kind === 'directory' && moved.kind !== 'directory') throw fileError('EISDIR', to);
      if (replaced && replaced.kind !== 'directory' && moved.kind === 'directory') throw fileError('ENOTDIR', to);
      if (children(target).length > 0) throw fileError('ENOTEMPTY', to);
      mayChangeDirectoryOf(source);
      mayChangeDirectoryOf(target);
      for (const [path, entry] of [...entries].filter(([path]) => isWithin(path, source))) {
        drop(path);
        keep(target + path.slice(source.length), entry);
      }
      drop(partPath(target));
    },
    async removeFile(path) {
      const at = locate(path);
      const entry = entries.get(at);
      if (entries.has(partPath(at))) remove(partPath(at));
      if (!entry) return;
      if (entry.kind === 'directory') throw fileError('EISDIR', path);
      remove(at);
    },
    async removeEmptyDirectory(path) {
      const at = locate(path);
      const entry = entries.get(at);
      if (!entry) return true;
      if (entry.kind !== 'directory') throw fileError('ENOTDIR', path);
      if (children(at).length > 0) return false;
      remove(at);
      return true;
    },
    async removeTree(path) {
      const at = locate(path);
      if (entries.has(at)) remove(at);
    },
    async setMode(path, mode) {
      existing(follow(path)).mode = mode;
    },
    async setOwner(path, { userId, groupId, mode }) {
      const entry = existing(locate(path));
      if (entry.kind === 'link') throw fileError('ELOOP', path);
      if (processOwner.userId !== 0) throw fileError('EPERM', path);
      Object.assign(entry, { userId, groupId, mode: entry.kind === 'file' ? mode & 0o777 : mode });
    },
  };

  for (const [path, entry] of Object.entries(initial)) place(path, entry);

  return { methods, place, remove: (path: string) => removeAll(locate(path)), readText, exists, tree };

  /** Puts an entry there, as a hand on the machine would: with the directories above it, past all rights. */
  function place(path: string, entry: FakeEntry): void {
    const at = locate(path);
    makeParents(at);
    if (typeof entry === 'string' || entry instanceof Uint8Array) {
      keep(at, { ...fileOf(entry), mode: 0o644, userId: 0, groupId: 0 });
      return;
    }
    if ('link' in entry) {
      keep(at, { kind: 'link', target: entry.link, mode: 0o777, userId: 0, groupId: 0 });
      return;
    }
    const owner = { userId: entry.owner?.userId ?? 0, groupId: entry.owner?.groupId ?? 0 };
    if ('directory' in entry) keep(at, { kind: 'directory', mode: entry.mode ?? 0o755, ...owner });
    else keep(at, { ...fileOf(entry.content), mode: entry.mode ?? 0o644, ...owner });
  }

  function makeParents(at: string): void {
    const parent = posix.dirname(at);
    if (entries.has(parent)) return;
    makeParents(parent);
    keep(parent, { kind: 'directory', mode: 0o755, userId: 0, groupId: 0 });
  }

  function readText(path: string): string | undefined {
    const entry = entries.get(follow(path));
    return entry?.kind === 'file' ? decode(entry.content) : undefined;
  }

  function exists(path: string): boolean {
    return entries.has(locate(path));
  }

  /** Path → description, sorted by path; /proc is left out. Secrets are shown as [hidden]. */
  function tree(): Record<string, string> {
    const shown = [...entries].filter(([path]) => path !== '/' && !isWithin(path, '/proc'));
    return Object.fromEntries(shown.toSorted(byPath).map(([path, entry]) => [path, describe(entry)]));
  }

  function put(path: string, content: Text | Uint8Array, file: NewFile, secret = false): void {
    const at = locate(path);
    if (entries.get(at)?.kind === 'directory') throw fileError('EISDIR', path);
    const made = fileOf(content);
    add(at, { ...made, secret: made.secret || secret, mode: file.mode, ...ownerOf(file) });
  }

  function add(at: string, entry: Entry): void {
    mayChangeDirectoryOf(at);
    keep(at, entry);
  }

  function keep(at: string, entry: Entry): void {
    entries.set(at, { modifiedAt: now(), ...entry });
    if (entry.kind === 'link') links.add(at);
    else links.delete(at);
  }

  function drop(at: string): void {
    entries.delete(at);
    links.delete(at);
  }

  function remove(at: string): void {
    mayChangeDirectoryOf(at);
    removeAll(at);
  }

  function removeAll(at: string): void {
    for (const path of [...entries.keys()].filter((path) => isWithin(path, at))) drop(path);
  }

  function mayChangeDirectoryOf(at: string): void {
    const parent = posix.dirname(at);
    const entry = entries.get(parent);
    if (!entry) throw fileError('ENOENT', at);
    if (entry.kind !== 'directory') throw fileError('ENOTDIR', at);
    if (isReadOnly(at)) throw fileError('EROFS', at);
    if (!mayWrite(entry)) throw fileError('EACCES', at);
  }

  function mayWrite(entry: Entry): boolean {
    if (processOwner.userId === 0) return true;
    if (entry.userId === processOwner.userId) return (entry.mode & 0o200) !== 0;
    if (entry.groupId === processOwner.groupId) return (entry.mode & 0o020) !== 0;
    return (entry.mode & 0o002) !== 0;
  }

  function isReadOnly(at: string): boolean {
    return readOnly.some((path) => isWithin(at, path));
  }

  function children(at: string): string[] {
    const above = at === '/' ? '/' : `${at}/`;
    const isChild = (path: string) => path.length > above.length && path.startsWith(above) && !path.includes('/', above.length);
    return [...entries.keys()].filter(isChild).toSorted();
  }

  function existing(at: string): Entry {
    const entry = entries.get(at);
    if (!entry) throw fileError('ENOENT', at);
    return entry;
  }

  /** The path with links in its directories followed, and the last name left as it is. */
  function locate(path: string): string {
    if (!posix.isAbsolute(path)) throw new Error(`The path is not absolute: ${path}`);
    const clean = isClean(path) ? path : posix.normalize(path).replace(/(?<=.)\/$/, '');
    if (![...links].some((link) => clean !== link && isWithin(clean, link))) return clean;
    let directory = '';
    for (let end = clean.indexOf('/', 1); end > 0; end = clean.indexOf('/', end + 1)) {
      directory += clean.slice(clean.lastIndexOf('/', end - 1), end);
      if (entries.get(directory)?.kind === 'link') directory = follow(directory);
    }
    return directory + clean.slice(clean.lastIndexOf('/'));
  }

  function follow(path: string, depth = 0): string {
    const at = locate(path);
    const entry = entries.get(at);
    if (entry?.kind !== 'link') return at;
    if (depth > 20) throw fileError('ELOOP', path);
    return follow(posix.resolve(posix.dirname(at), entry.target), depth + 1);
  }

  function ownerOf(file: NewFile): Owner {
    const owner = file.owner ?? processOwner;
    if (processOwner.userId !== 0 && owner.userId !== processOwner.userId) throw fileError('EPERM', `owner ${owner.userId}`);
    return { userId: owner.userId, groupId: owner.groupId };
  }
}

/** Most paths are, and the crash test asks for very many. */
function isClean(path: string): boolean {
  return !path.includes('//') && !path.includes('/.') && (path === '/' || !path.endsWith('/'));
}

function fileOf(content: Text | Uint8Array): { kind: 'file'; content: Uint8Array; secret: boolean } {
  if (content instanceof Secret) return { kind: 'file', content: Buffer.from(Secret.reveal(content)), secret: true };
  return { kind: 'file', content: Buffer.from(content), secret: false };
}

function fileContent(entry: Entry, path: string): Uint8Array {
  if (entry.kind === 'directory') throw fileError('EISDIR', path);
  if (entry.kind === 'link') throw fileError('ELOOP', path);
  return entry.content;
}

function factsOf(entry: Entry): FileFacts {
  const { kind, mode, userId, groupId } = entry;
  const sizeBytes = entry.kind === 'file' ? entry.content.length : entry.kind === 'link' ? entry.target.length : 4096;
  return { kind, mode, userId, groupId, sizeBytes };
}

function describe(entry: Entry): string {
  const head = `${entry.kind} ${entry.mode.toString(8).padStart(4, '0')} ${entry.userId}:${entry.groupId}`;
  if (entry.kind === 'directory') return head;
  if (entry.kind === 'link') return `link -> ${entry.target}`;
  return `${head} ${entry.secret ? '[hidden]' : JSON.stringify(decode(entry.content))}`;
}

function byPath([left]: [string, unknown], [right]: [string, unknown]): number {
  return left < right ? -1 : 1;
}

function isWithin(path: string, directory: string): boolean {
  // Without putting a path together: it is asked for every entry.
  return path.startsWith(directory) && (path.length === directory.length || directory === '/' || path[directory.length] === '/');
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function fileError(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}
