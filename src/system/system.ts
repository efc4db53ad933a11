import type { Secret, Text } from './secret.ts';

/** What `lstat` says. `mode` holds the permission bits only (0o7777). */
export interface FileFacts {
  kind: 'file' | 'directory' | 'link' | 'other';
  mode: number;
  userId: number;
  groupId: number;
  sizeBytes: number;
}

export interface Owner {
  userId: number;
  groupId: number;
}

/** What a process runs on. */
export interface ProcessPlatform {
  /** Linux, Darwin, FreeBSD. */
  kernel: string;
  kernelVersion: string;
  /** x86_64, aarch64, armv7l. */
  architecture: string;
  /** Absent where the C library is another one. */
  glibcVersion?: string;
}

/**
 * A program with its arguments; never a shell string. It runs in the C locale, without standard input, with a listed environment. Root executes only
 * what root alone can change, looked at each time; anything else cannot be executed (exit code 126, and a sentence).
 */
export interface Command {
  program: string;
  arguments: readonly string[];
  directory?: string;
  /** Added to the listed environment; values may be secrets. */
  environment?: Readonly<Record<string, Text>>;
  /** Default 60 for `query`, 3600 for `run`. */
  timeoutSeconds?: number;
  /** All output is also appended to this file. */
  logPath?: string;
  /** Runs as this user and group, without other groups; its home is `directory`. Only root can ask for it. All it started is gone when it has ended. */
  user?: Owner;
  /** For `run` only: it waits for a slot of the pool, has it for as long as it runs, and its makes share the other slots. */
  jobs?: JobPool;
}

/** How much of the machine all builds of a run may use together: a job server of GNU make that kickstart keeps. */
export interface JobPool {
  /** Of a FIFO, which the first command makes; in a directory that goes with the run. */
  path: string;
  /** How many jobs run at the same time; 1 or more. */
  slots: number;
}

/** `exitCode` is 127 when the program does not exist, 124 when its time was over, 128 + n when signal n ended it. Output is cut at 1 MiB, keeping the end. */
export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST';
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: Text;
  /** PEM file whose certificates are trusted beside the system's. */
  caFile?: string;
  /** The certificate of the server is not looked at: neither who signed it nor its name. */
  insecure?: true;
  /** URL of the proxy: http, https, socks5 (names are resolved here) or socks5h (by the proxy). `none`: directly. Default: as the environment says. */
  proxy?: 'none' | Secret;
  /** The server is at this unix socket, and not where the URL says. For plain http. */
  socketPath?: string;
  /** For the whole exchange. Default 30. */
  timeoutSeconds?: number;
  /** A longer body is an error. Default 1 MiB. */
  maximumBytes?: number;
  /** Default: redirects are followed, up to 10. */
  redirects?: 'follow' | 'return';
  /** Asks the server to change the protocol. The answer is 101, without a body, when it does; then the connection is closed. */
  upgrade?: 'websocket';
}

export interface HttpAnswer {
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Where the answer came from, after redirects; without its query, as people are shown it. */
  url: string;
  /** The HTTP version that the proxy answered CONNECT with, as `1.0`; absent without such a proxy. */
  proxyHttpVersion?: string;
}

export interface HttpStream {
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  /** Of this body, from Content-Length; undefined when the server does not say. */
  sizeBytes: number | undefined;
  /** Where the body begins in the whole file: 0 but for a 206; undefined when its Content-Range says nothing that can be used. */
  from: number | undefined;
  /** Of the whole file; undefined when the server does not say. */
  totalBytes: number | undefined;
  /**
   * The bytes as they were sent: a Content-Encoding is not undone. Throws HttpFailure when the connection breaks, ends early, stays silent for
   * 30 s, or brings less than 1 KiB in 30 s.
   */
  body: AsyncIterable<Uint8Array>;
}

/** A GET that may begin in the middle of the file; a server need not do so. */
export interface DownloadRequest extends Omit<HttpRequest, 'method' | 'body' | 'maximumBytes'> {
  from?: number;
}

/**
 * The host as something to look at. It has no method that changes anything, so a dry run cannot.
 * Paths are absolute. Nothing there is `undefined`, not an error; everything else that goes wrong is thrown as Node's own error.
 */
export interface ReadableSystem {
  stat(path: string): Promise<FileFacts | undefined>;
  /** Throws EFBIG for more than `maximumBytes`, by default 64 MiB, and EINVAL for a device, which may never end. */
  readFile(path: string, how?: ReadHow & { maximumBytes?: number }): Promise<string | undefined>;
  /** The file's bytes in order, from a position on; throws ENOENT when nothing is there, and EINVAL for what is no regular file. */
  readBytes(path: string, how?: ReadHow & { from?: number }): AsyncIterable<Uint8Array>;
  readLink(path: string): Promise<string | undefined>;
  /** Whether both paths, links followed, lead to one file that is there: the same inode of the same device. */
  isSameFile(path: string, other: string): Promise<boolean>;
  /** When the content of the file was last changed, links followed: milliseconds since 1970. */
  modifiedAt(path: string): Promise<number | undefined>;
  /** Names in the directory, sorted. */
  list(path: string): Promise<readonly string[] | undefined>;
  canWrite(path: string): Promise<boolean>;
  /** Runs a program that only reports. A reviewer checks that promise. Never throws for a non-zero exit. */
  query(command: Command): Promise<CommandResult>;
  /** A GET or HEAD. Throws HttpFailure when there is no complete answer; any status is an answer. */
  get(request: Omit<HttpRequest, 'method' | 'body'>): Promise<HttpAnswer>;
  /** A GET whose body is read piece by piece. It ends with the signal, also while its body is read. */
  openDownload(request: DownloadRequest, signal?: AbortSignal): Promise<HttpStream>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves early, without error, when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** The user this process runs as. */
  processOwner(): Owner;
  /** What this process runs on, as uname(2) and its C library tell it. */
  processPlatform(): ProcessPlatform;
  /** A port that is free on 127.0.0.1 now. */
  freePort(): Promise<number>;
  /** A random UUID, version 4, lower case. */
  randomUuid(): string;
  /** A new RSA-2048 key pair: PKCS#8 and SPKI, both PEM. The private half is a secret from birth. */
  createKeyPair(): Promise<{ privateKey: Secret; publicKey: string }>;
}

/**
 * Which links lead to what is read, so that nobody who may write there chooses it. `refused`: none at the end of the path, and on the way those of
 * root only; `administrators`: root follows those of root only; both throw ELOOP. Absent: all, because whoever named the path meant them.
 */
export interface ReadHow {
  links?: 'refused' | 'administrators';
}

export interface NewFile {
  mode: number;
  owner?: Owner;
}

export interface CopiedFile extends NewFile {
  /** The file must belong to the user with this number and have no second name, which could be a hard link to what that user may not read. */
  onlyOf?: number;
  /** What was seen of the file before: it must still be so, or another file may have taken its place. */
  like?: Pick<FileFacts, 'mode' | 'userId' | 'groupId'>;
}

/** The host as something to change. Every method is one change that either happened or did not. */
export interface System extends ReadableSystem {
  /** Atomic and durable: temporary file beside it, mode and owner set, fsync, rename, fsync of the directory. Nothing above 0777 of the mode is given. Replaces a link instead of following it. A file that is a mount point is written in place. */
  writeFile(path: string, content: Text | Uint8Array, file: NewFile): Promise<void>;
  /**
   * Other content for a file that is there, the pieces one after the other; durable. It stays the same file, with its hard links, extended attributes
   * and access control lists, where only root and this user can put files; elsewhere it is as writeFile. A crash can leave it half-written.
   */
  rewriteFile(path: string, pieces: readonly (Text | Uint8Array)[], file: NewFile): Promise<void>;
  /** Appends one line and fsyncs; creates the file (0600) when it is not there. A torn last line of an earlier crash is cut off first. */
  appendLine(path: string, line: string): Promise<void>;
  /** Creates a file that must not exist yet, without following links. Not durable: for bulk data that can be made again. */
  createFile(path: string, content: AsyncIterable<Uint8Array> | Uint8Array, file: NewFile): Promise<void>;
  /** Copies one regular file; atomic like writeFile. Throws EPERM, and copies nothing, where it is not as `onlyOf` and `like` ask. */
  copyFile(from: string, to: string, file: CopiedFile): Promise<void>;
  /** Creates one directory, whose parent exists. Succeeds when a directory is already there (and then leaves its mode and owner). */
  createDirectory(path: string, directory: NewFile): Promise<void>;
  createLink(path: string, target: string): Promise<void>;
  /** Both on one file system; replaces what is at `to`, and what a kill left of writing it. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or a link, and what a kill left of writing it; nothing there is fine. A file that is a mount point is emptied. */
  removeFile(path: string): Promise<void>;
  /** Removes a directory if it is empty; returns whether it is gone. */
  removeEmptyDirectory(path: string): Promise<boolean>;
  /** Removes a directory with all that is in it, without following links; nothing there is fine. */
  removeTree(path: string): Promise<void>;
  setMode(path: string, mode: number): Promise<void>;
  /**
   * Gives a file or a directory to somebody else, with this mode; of a file it gives nothing above 0777, because its content may be another than the mode
   * was for. Refuses a link (ELOOP), and a file with a second name (EPERM), which could be one that others rely on.
   */
  setOwner(path: string, owner: Owner & { mode: number }): Promise<void>;
  /** Runs a program that changes something. Throws HOST_COMMAND_FAILED, with the end of its output, for any exit code but 0. */
  run(command: Command, signal?: AbortSignal): Promise<CommandResult>;
  /** Starts a program that stays: own session, output to logPath. Returns its process id. */
  startProcess(command: Command & { logPath: string }): Promise<number>;
  /** Sends a signal; a process that is gone is fine. */
  signalProcess(processId: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** A request that changes something at the other side. When the signal aborts it is not known whether it did. */
  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer>;
}

/** Why an HTTP exchange gave no answer. */
export type HttpFailureReason =
  | 'name-not-found'
  | 'refused'
  | 'timeout'
  | 'tls-untrusted'
  | 'tls-wrong-name'
  | 'tls-expired'
  | 'tls'
  | 'proxy-unreachable'
  | 'proxy-login'
  | 'proxy-refused'
  | 'closed'
  | 'not-http'
  | 'too-large'
  | 'redirects'
  | 'invalid-url'
  | 'other';

/** How far an exchange came: `connecting`, the request was not sent; `waiting`, it may have arrived; `reading`, the answer had begun. */
export type HttpPhase = 'connecting' | 'waiting' | 'reading';

export class HttpFailure extends Error {
  readonly reason: HttpFailureReason;
  readonly url: string;
  readonly phase: HttpPhase;

  constructor(reason: HttpFailureReason, url: string, detail: string, cause?: unknown, phase = usualPhase(reason)) {
    super(`${detail} (${shownUrl(url)})`, { cause });
    this.name = 'HttpFailure';
    this.reason = reason;
    this.url = shownUrl(url);
    this.phase = phase;
  }
}

/** `waiting` where the reason does not tell: nobody must take a request that may have arrived for one that did not. */
function usualPhase(reason: HttpFailureReason): HttpPhase {
  if (reason === 'too-large') return 'reading';
  return /^(name-not-found|refused|invalid-url|tls.*|proxy-.*)$/.test(reason) ? 'connecting' : 'waiting';
}

/** A URL as people are shown it: without user and password, and without query and fragment, in which signatures and tickets travel. */
export function shownUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/]*@/i, (_, scheme = '') => `${scheme}//`).replace(/[?#].*$/s, '');
}
