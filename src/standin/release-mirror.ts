import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type ReleaseSource, releaseFiles } from './release-files.ts';

export interface ReleaseMirrorOptions {
  /** A loopback address: it speaks plain HTTP. */
  host: string;
  /** 0 for any that is free. */
  port: number;
  releases: readonly ReleaseSource[];
  /** The tag of the newest. */
  latest: string;
  /** More files, by path with its leading slash: dependency archives, kickstart.sh. */
  files?: Readonly<Record<string, Buffer>>;
}

/** What goes wrong at one path. `truncateAt`: the true length is announced, and the connection ends after so many bytes. */
export type MirrorFault =
  | { status: number }
  | { hang: true }
  | { truncateAt: number }
  | { reset: true }
  | { replaceBody: Buffer | string };

export interface MirrorRequest {
  method: string;
  path: string;
  range?: string;
}

export interface ReleaseMirror {
  /** Where the repository would be: /releases is below it. */
  url: string;
  setLatest(tag: string): void;
  /** Paths begin with a slash. Undefined takes the fault away. */
  setFault(path: string, fault: MirrorFault | undefined): void;
  /** All requests so far, oldest first. */
  requests: readonly MirrorRequest[];
  close(): Promise<void>;
}

/**
 * Serves releases the way a GitHub repository does: /releases/latest leads to /releases/tag/TAG, files are at
 * /releases/download/TAG/NAME, and /releases/latest/download/NAME leads there. HEAD and Range work.
 */
export async function startReleaseMirror({
  host,
  port,
  releases,
  latest,
  files = {},
}: ReleaseMirrorOptions): Promise<ReleaseMirror> {
  const served = new Map(Object.entries(files));
  for (const release of releases) {
    for (const [name, bytes] of await releaseFiles(release)) served.set(`/releases/download/${release.tag}/${name}`, bytes);
  }
  const tags = new Set(releases.map(({ tag }) => tag));
  const faults = new Map<string, MirrorFault>();
  const requests: MirrorRequest[] = [];
  let newest = latest;

  const server = createServer((request, response) => {
    const path = pathOf(request.url);
    const { range } = request.headers;
    requests.push({ method: request.method ?? '', path, ...(range === undefined ? {} : { range }) });
    const fault = faults.get(path);
    if (fault !== undefined) misbehave(fault, served.get(path) ?? Buffer.alloc(0), response);
    else send(answer(path, request), request, response);
  });

  function answer(path: string, { method, headers }: IncomingMessage): MirrorAnswer {
    if (method !== 'GET' && method !== 'HEAD') return refusal(405);
    const download = /^\/releases\/latest\/download\/([^/]+)$/.exec(path)?.[1];
    if (path === '/releases/latest') return redirect(`/releases/tag/${newest}`);
    if (download !== undefined) return redirect(`/releases/download/${newest}/${download}`);
    const tag = /^\/releases\/tag\/([^/]+)$/.exec(path)?.[1];
    if (tag !== undefined && tags.has(tag)) return { status: 200, headers: {}, body: Buffer.from(`Release ${tag}\n`) };
    const bytes = served.get(path);
    return bytes === undefined ? refusal(404) : wholeOrPart(bytes, headers.range);
  }

  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const ownPort = typeof address === 'object' && address !== null ? address.port : port;

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${ownPort}`,
    setLatest(tag) {
      newest = tag;
    },
    setFault: (path, fault) => void (fault === undefined ? faults.delete(path) : faults.set(path, fault)),
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface MirrorAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

function send({ status, headers, body }: MirrorAnswer, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(status, { ...headers, 'Content-Length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function wholeOrPart(bytes: Buffer, rangeHeader: string | undefined): MirrorAnswer {
  const headers = { 'Content-Type': 'application/octet-stream', 'Accept-Ranges': 'bytes' };
  const range = parseRange(rangeHeader, bytes.length);
  if (range === undefined) return { status: 200, headers, body: bytes };
  if (range === 'unsatisfiable')
    return { status: 416, headers: { 'Content-Range': `bytes */${bytes.length}` }, body: Buffer.alloc(0) };
  const contentRange = `bytes ${range.from}-${range.to}/${bytes.length}`;
  return { status: 206, headers: { ...headers, 'Content-Range': contentRange }, body: bytes.subarray(range.from, range.to + 1) };
}

/** One range of RFC 9110, 14.2; several, or what is no range, are answered with the whole. */
function parseRange(header: string | undefined, sizeBytes: number): { from: number; to: number } | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const from = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const to = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  return from > to ? 'unsatisfiable' : { from, to };
}

function misbehave(fault: MirrorFault, bytes: Buffer, response: ServerResponse): void {
  if ('reset' in fault) response.socket?.resetAndDestroy();
  else if ('status' in fault) response.writeHead(fault.status).end(`${fault.status}\n`);
  else if ('replaceBody' in fault) response.end(fault.replaceBody);
  else if ('truncateAt' in fault) {
    response.writeHead(200, { 'Content-Length': bytes.length });
    response.write(bytes.subarray(0, fault.truncateAt), () => response.socket?.destroy());
  }
  // What is left is to hang: no answer, until the client or close() ends it.
}

function redirect(path: string): MirrorAnswer {
  return { status: 302, headers: { Location: path }, body: Buffer.alloc(0) };
}

function refusal(status: number): MirrorAnswer {
  return { status, headers: { 'Content-Type': 'text/plain' }, body: Buffer.from(`${status}\n`) };
}

function pathOf(url = '/'): string {
  return url.split('?')[0] ?? '/';
}
