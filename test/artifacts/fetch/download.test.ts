import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { fetchArtifact, partPath, type Source } from '../../../src/artifacts/fetch/fetch.ts';
import { newAuthority, newServer } from '../../../src/standin/cloud/certificate.ts';
import { createRealSystem } from '../../../src/system/real-system.ts';
import type { System } from '../../../src/system/system.ts';
import { serve } from '../../support/loopback-server.ts';
import { type Behaviour, ignoringRange, resetAfter, serveFile, status, whole } from '../../support/range-server.ts';
import { scratchDirectory, treeOf } from '../../support/scratch-directory.ts';
import { tarArchive } from '../../support/tar-archive.ts';

// Text that gzip does not make small: the fetch sees several pieces of it.
const text = Array.from({ length: 6000 }, (_, line) => createHash('sha256').update(String(line)).digest('hex')).join('\n');
const file = tarArchive([{ path: 'top/file', content: text }]);
const other = tarArchive([{ path: 'top/file', content: text.replace('a', 'b') }]);
const sha256 = createHash('sha256').update(file).digest('hex');
// Comes in one piece.
const half = 20_000;
const impatient = { headersMilliseconds: 100, silenceMilliseconds: 100 };

async function fetched(
  sources: readonly Source[],
  more: { taken?: () => void; top?: string; caFile?: string; signal?: AbortSignal; system?: Partial<System> } = {},
) {
  const { top = scratchDirectory(), signal = new AbortController().signal } = more;
  const pauses: number[] = [];
  const said: string[] = [];
  mkdirSync(`${top}/work`, { recursive: true });
  const system: System = {
    ...createRealSystem({ environment: {}, httpLimits: impatient }),
    sleep: async (milliseconds) => void pauses.push(milliseconds),
    // Of which the pauses take their random part.
    randomUuid: () => '00000000-0000-4000-8000-000000000000',
    ...more.system,
  };
  const wanted = { title: 'thing 1.0', sha256, path: `${top}/cache/thing.tar.gz`, workDirectory: `${top}/work` };
  const unpack = { destination: `${top}/work/tree`, stripComponents: 1 };
  const trust = more.caFile === undefined ? {} : { caFile: more.caFile };
  const problem = await fetchArtifact(
    { ...wanted, sources, unpack, ...trust },
    { system, signal, progress: (line) => [said.push(line), more.taken?.()] },
  ).then(
    () => undefined,
    (error: Error) => error,
  );
  return { problem, pauses, said, top, names: Object.keys(treeOf(top)), path: wanted.path };
}

const complete = ['cache', 'cache/thing.tar.gz', 'work', 'work/tree', 'work/tree/file'];
const nothing = ['cache', 'work'];

it('goes on where the connection broke, and asks for no byte twice', async () => {
  const server = await serveFile(file, resetAfter(half), resetAfter(1000), whole);
  const { problem, names, top } = await fetched([server.source], server);
  expect(problem).toBeUndefined();
  expect(names).toEqual(complete);
  expect(readFileSync(`${top}/work/tree/file`, 'utf8')).toBe(text);
  expect(server.ranges).toEqual([undefined, `bytes=${half}-`, `bytes=${half + 1000}-`]);
  expect(server.sentBytes()).toBe(file.length);
});

it('asks for the same version of the file as before', async () => {
  const seen: unknown[] = [];
  const answer: Behaviour = (bytes, asked) => {
    seen.push(asked.request.headers['if-range']);
    return seen.length === 1 ? resetAfter(half, { etag: '"v1"' })(bytes, asked) : whole(bytes, asked);
  };
  const server = await serveFile(file, answer);
  const { problem } = await fetched([server.source], server);
  expect([problem, seen]).toEqual([undefined, [undefined, '"v1"']]);
});

const shifted: Behaviour = (bytes, { response }) => {
  response.writeHead(206, { 'content-range': `bytes 0-${bytes.length - 1}/${bytes.length}`, 'content-length': bytes.length });
  response.end(bytes);
};
const longer: Behaviour = (bytes, { from, response }) =>
  response.writeHead(206, { 'content-range': `bytes ${from}-${bytes.length + 8}/${bytes.length + 9}` }).end('something');
const changed: Behaviour = (bytes, asked) => resetAfter(half, { etag: '"v2"' })(bytes, asked);
it.each<[string, readonly Behaviour[], readonly (string | undefined)[]]>([
  ['ignores the range', [resetAfter(half), ignoringRange], [undefined, `bytes=${half}-`]],
  ['sends another range', [resetAfter(half), shifted, whole], [undefined, `bytes=${half}-`, undefined]],
  ['says another length', [resetAfter(half), longer, whole], [undefined, `bytes=${half}-`, undefined]],
  ['has no such range', [resetAfter(half), status(416), whole], [undefined, `bytes=${half}-`, undefined]],
  [
    'has another version of the file meanwhile',
    [resetAfter(half, { etag: '"v1"' }), changed, whole],
    [undefined, `bytes=${half}-`, undefined],
  ],
  [
    'sends a part of another file',
    [resetAfter(half), (_, asked) => whole(other, asked), whole],
    [undefined, `bytes=${half}-`, undefined],
  ],
])('gets the right file from a server that breaks off and then %s', async (_, behaviours, ranges) => {
  const server = await serveFile(file, ...behaviours);
  const { problem, names } = await fetched([server.source], server);
  expect(problem).toBeUndefined();
  expect(names).toEqual(complete);
  expect(server.ranges).toEqual(ranges);
});

it('goes on behind what a killed run left, and leaves that to the run it belongs to', async () => {
  const top = scratchDirectory();
  const left = partPath({ path: `${top}/cache/thing.tar.gz`, workDirectory: '/of/another/run' });
  mkdirSync(`${top}/cache`);
  writeFileSync(left, file.subarray(0, half));
  const server = await serveFile(file, whole);
  expect(await fetched([server.source], { top })).toMatchObject({ problem: undefined });
  expect(server.ranges).toEqual([`bytes=${half}-`]);
  expect(readFileSync(`${top}/cache/thing.tar.gz`).equals(file)).toBe(true);
  expect(readFileSync(left)).toHaveLength(half);
});

it('asks nobody when a killed run left all of it', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/cache`);
  writeFileSync(partPath({ path: `${top}/cache/thing.tar.gz`, workDirectory: '/of/another/run' }), file);
  const server = await serveFile(file, status(500));
  expect(await fetched([server.source], { top })).toMatchObject({ problem: undefined });
  expect(server.ranges).toEqual([]);
});

it('begins anew when what a killed run left is damaged', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/cache`);
  const path = partPath({ path: `${top}/cache/thing.tar.gz`, workDirectory: '/of/another/run' });
  writeFileSync(path, Buffer.alloc(half, 'damage'));
  const server = await serveFile(file, whole);
  expect(await fetched([server.source], { top })).toMatchObject({ problem: undefined });
  expect(server.ranges).toEqual([`bytes=${half}-`, undefined]);
});

const drip: Behaviour = (_, { response }) => {
  response.writeHead(200, { 'content-length': '5000' });
  const trickle = setInterval(() => response.write('.'), 20);
  response.on('close', () => clearInterval(trickle));
};
it.each<[string, Behaviour, string, number]>([
  ['drips', drip, 'The server sent fewer than 1024 bytes in 0.1 s', 5],
  [
    'ends before the length that it said',
    (bytes, { request, response }) => {
      response.writeHead(200, { 'content-length': bytes.length, connection: 'close' });
      response.write(bytes.subarray(0, 0), () => request.socket.end());
    },
    'The connection was closed before the answer was complete',
    5,
  ],
  ['resets every connection', (_, { request }) => request.socket.resetAndDestroy(), 'The connection was closed', 5],
  ['has no such file', status(404), 'It answers with status 404: it is not there.', 1],
  ['forbids it', status(403), 'It answers with status 403: it does not let this machine have it.', 1],
  ['is down', status(503), 'It answers with status 503: the server is not available for the moment.', 5],
  ['is down for long', status(503, { 'retry-after': '31' }), 'and wants to be asked again in 31 s.', 1],
  [
    'is a network that wants a login',
    (_, { response }) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'),
    'It sends a web page in place of the file, as networks do that want a login first.',
    1,
  ],
  ['redirects for ever', status(302, { location: '/' }), 'There are more than 10 redirects', 11],
  [
    'sends half of it without a length',
    (bytes, { response }) => response.writeHead(200).end(bytes.subarray(0, half)),
    'Its SHA-256 is',
    1,
  ],
  ['has another file', (_, asked) => whole(other, asked), 'Its SHA-256 is', 1],
  [
    'sends more than it said',
    (bytes, { request }) => {
      request.socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${half}\r\n\r\n`), bytes]));
    },
    'Its SHA-256 is',
    1,
  ],
  [
    'compresses it once more',
    (bytes, { response }) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(bytes)),
    'Its SHA-256 is',
    1,
  ],
])('takes the next source when a server %s, and says nothing of it when all went well', async (_, behaviour, why, asked) => {
  const bad = await serveFile(file, behaviour);
  const alone = await fetched([bad.source]);
  expect(alone.problem).toMatchObject({ why: expect.stringContaining(why) });
  expect(alone.names).toEqual(nothing);
  expect(bad.ranges).toHaveLength(asked);
  const worse = await serveFile(file, behaviour);
  const both = await fetched([worse.source, (await serveFile(file, whole)).source]);
  expect(both).toMatchObject({ problem: undefined, names: complete });
});

// At once: undici's timers are a second late, five times for each of them.
it('gives up servers that fall silent, before the answer and within it', { timeout: 30_000 }, async () => {
  const before = await serveFile(file, () => undefined);
  const within = await serveFile(file, (bytes, { response }) => response.writeHead(200).write(bytes.subarray(0, 10)));
  for (const { problem, names } of await Promise.all([fetched([before.source]), fetched([within.source])])) {
    expect(problem).toMatchObject({ code: 'FETCH_FAILED', why: expect.stringContaining('The server did not answer in time') });
    expect(names).toEqual(nothing);
  }
  expect([before.ranges.length, within.ranges.length]).toEqual([5, 5]);
});

it('waits as long as a busy server asks, and no longer', async () => {
  const busy = (seconds: string) => status(429, { 'retry-after': seconds });
  const server = await serveFile(file, busy('7'), busy('0'), status(503), whole);
  const { problem, pauses, said } = await fetched([server.source]);
  expect([problem, pauses]).toEqual([undefined, [7000, 0, 4000]]);
  expect(said).toContain(
    'It answers with status 429: there were too many requests from this address, and wants to be asked again in 7 s. Trying again in 7 s',
  );
});

it('takes bytes as they are, with whatever encoding they are said to have, and in chunks without a length', async () => {
  const server = await serveFile(file, (bytes, { response }) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.write(bytes.subarray(0, half));
    response.end(bytes.subarray(half));
  });
  expect(await fetched([server.source])).toMatchObject({ problem: undefined, names: complete });
});

it('names the wrong file of each source, and asks none of them again', async () => {
  const wrong = await serveFile(other, whole);
  const { problem, names } = await fetched([wrong.source, wrong.source]);
  expect(problem).toMatchObject({ code: 'VERIFY_CHECKSUM' });
  expect(names).toEqual(nothing);
  expect(wrong.ranges).toHaveLength(2);
});

it('never follows a redirect from https to http', async () => {
  const authority = await newAuthority();
  const caFile = `${scratchDirectory()}/ca.pem`;
  writeFileSync(caFile, authority.certificate);
  const plain = await serveFile(file, whole);
  const url = await serve(
    (_, response) => response.writeHead(302, { location: plain.source.url }).end(),
    await newServer(authority, ['127.0.0.1']),
  );
  expect((await fetched([{ from: 'url', url }], { caFile })).problem).toMatchObject({
    why: expect.stringContaining('gives up the secure connection'),
  });
  expect(plain.ranges).toEqual([]);
});

it('trusts a certificate of the CA file', async () => {
  const authority = await newAuthority();
  const caFile = `${scratchDirectory()}/ca.pem`;
  writeFileSync(caFile, authority.certificate);
  const url = await serve((_, response) => response.end(file), await newServer(authority, ['127.0.0.1']));
  expect((await fetched([{ from: 'url', url }])).problem).toMatchObject({ code: 'FETCH_FAILED' });
  expect((await fetched([{ from: 'url', url }], { caFile })).problem).toBeUndefined();
});

it.each(['createFile', 'createDirectory', 'rename'] as const)('leaves nothing when %s finds the disk full', async (method) => {
  const server = await serveFile(file, whole);
  const real = createRealSystem({ environment: {} });
  const full = (path: string) => {
    if (!path.startsWith('/') || path.endsWith('/cache')) return undefined;
    return Object.assign(new Error(`ENOSPC: no space left on device, '${path}'`), { code: 'ENOSPC', path });
  };
  const broken = async (...given: Parameters<System[typeof method]>) => {
    const error = full(given[0]);
    if (error !== undefined) throw error;
    // The cast: the parameters are those of this very method.
    await (real[method] as (...given: unknown[]) => Promise<void>)(...given);
  };
  const { problem, names } = await fetched([server.source], { system: { [method]: broken } });
  expect(problem).toMatchObject({ code: 'ENOSPC', path: expect.stringContaining('/') });
  expect(names).toEqual(nothing);
});

it.each<[string, Behaviour]>([
  ['the answer', (_, { response }) => void response],
  ['the rest of the body', (bytes, { response }) => response.writeHead(200).write(bytes.subarray(0, half))],
])('leaves nothing when the run is stopped while it waits for %s', async (_, silent) => {
  const stop = new AbortController();
  const server = await serveFile(file, (bytes, asked) => {
    silent(bytes, asked);
    setTimeout(() => stop.abort(new Error('the user stopped it')), 20);
  });
  const patient = createRealSystem({ environment: {} });
  const { problem, names } = await fetched([server.source], {
    signal: stop.signal,
    system: { openDownload: patient.openDownload },
  });
  expect(problem?.message).toBe('the user stopped it');
  expect(names).toEqual(nothing);
});

it('leaves nothing when the run is stopped in a pause', async () => {
  const stop = new AbortController();
  const server = await serveFile(file, resetAfter(half));
  const sleep = async () => stop.abort(new Error('the user stopped it'));
  const { problem, names } = await fetched([server.source], { ...server, signal: stop.signal, system: { sleep } });
  expect(problem?.message).toBe('the user stopped it');
  expect(names).toEqual(nothing);
});
