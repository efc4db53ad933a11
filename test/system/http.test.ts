import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { newAuthority, newServer } from '../../src/standin/cloud/certificate.ts';
import { createHttp } from '../../src/system/http.ts';
import { Secret } from '../../src/system/secret.ts';
import { serve } from '../support/loopback-server.ts';
import { readAll } from '../support/read-all.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const impatient = { connectMilliseconds: 2000, headersMilliseconds: 100, silenceMilliseconds: 100 };
const { get, send, openDownload } = createHttp({}, impatient);

async function read(url: string): Promise<string> {
  const { body } = await openDownload({ url });
  return readAll(body);
}

it('gives any status as an answer, with headers in lower case', async () => {
  const url = await serve((_, response) => response.writeHead(404, { 'X-Thing': 'Value' }).end('not here'));
  expect(await get({ url: `${url}/a?b=c` })).toMatchObject({
    status: 404,
    body: 'not here',
    url: `${url}/a`,
    headers: { 'x-thing': 'Value' },
  });
});

it('sends method, headers and a secret body as they are', async () => {
  const seen: unknown[] = [];
  const url = await serve(async (request, response) => {
    const body = await readAll(request);
    seen.push(request.method, request.url, request.headers['content-type'], request.headers['content-length'], body);
    response.writeHead(204).end();
  });
  const request = {
    method: 'PUT',
    url: `${url}/x`,
    headers: { 'content-type': 'application/json' },
    body: new Secret('{"a":1}'),
  } as const;
  expect(await send(request)).toMatchObject({ status: 204, body: '' });
  expect(seen).toEqual(['PUT', '/x', 'application/json', '7', '{"a":1}']);
});

it('gives a body piece by piece, with its size', async () => {
  const url = await serve((_, response) => response.writeHead(200, { 'content-length': '6' }).end('abcdef'));
  expect((await openDownload({ url })).sizeBytes).toBe(6);
  expect(await read(url)).toBe('abcdef');
});

it('has an empty body for a download that is refused', async () => {
  const url = await serve((_, response) => response.writeHead(404).end('a long story'));
  expect(await read(url)).toBe('');
});

it.each<[string, string, (request: IncomingMessage, response: ServerResponse) => unknown]>([
  ['timeout', 'a server that never answers', () => {}],
  ['timeout', 'a server that falls silent within the body', (_, response) => response.writeHead(200).write('some')],
  ['closed', 'a server that closes without an answer', (request) => request.socket.destroy()],
  ['closed', 'a server that resets the connection', (request) => request.socket.resetAndDestroy()],
  [
    'closed',
    'a body that is shorter than it said',
    (_, response) => void response.writeHead(200, { 'content-length': '9' }).write('some', () => response.destroy()),
  ],
  ['not-http', 'an answer that is not HTTP', (request) => request.socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n')],
  ['redirects', 'redirects without end', (_, response) => response.writeHead(302, { location: '/again' }).end()],
  [
    'redirects',
    'a redirect to what is not HTTP',
    (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  ],
])('names the reason %s: %s', async (reason, _, answer) => {
  const url = await serve(answer);
  // At once: undici's timers are a second late.
  await Promise.all([
    expect(get({ url })).rejects.toMatchObject({ name: 'HttpFailure', reason, url: expect.stringContaining(url) }),
    expect(read(url)).rejects.toMatchObject({ reason }),
  ]);
});

it('ends an exchange whose whole time is over, also one that trickles', async () => {
  const url = await serve((_, response) => {
    const trickle = setInterval(() => response.write('.'), 20);
    response.on('close', () => clearInterval(trickle));
  });
  await expect(get({ url, timeoutSeconds: 0.3 })).rejects.toMatchObject({
    reason: 'timeout',
    message: expect.stringContaining('longer than 0.3 s'),
  });
});

it('refuses an answer that is longer than it may be', async () => {
  const url = await serve((_, response) => response.end('x'.repeat(2000)));
  await expect(get({ url, maximumBytes: 1999 })).rejects.toMatchObject({ reason: 'too-large' });
  expect((await get({ url, maximumBytes: 2000 })).body).toHaveLength(2000);
});

it.each([
  ['refused', 'http://127.0.0.1:1/'],
  // A name that no resolver has to be asked about: its first part is too long.
  ['name-not-found', `http://${'x'.repeat(64)}.test/`],
  ['invalid-url', 'ftp://127.0.0.1/'],
  ['invalid-url', 'not a url'],
])('names the reason %s for %s', async (reason, url) => {
  await expect(get({ url })).rejects.toMatchObject({ reason });
});

it('does not repeat the password of a URL', async () => {
  const failure = await get({ url: 'http://user:hunter2@127.0.0.1:1/' }).catch((error: Error) => error);
  expect(JSON.stringify([String(failure), failure])).not.toContain('hunter2');
});

it('follows redirects and says where the answer came from, or gives the redirect itself', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/end') response.end('arrived');
    else response.writeHead(302, { location: '/end' }).end();
  });
  expect(await get({ url: `${url}/start` })).toMatchObject({ status: 200, body: 'arrived', url: `${url}/end` });
  expect(await get({ url: `${url}/start`, redirects: 'return' })).toMatchObject({ status: 302, headers: { location: '/end' } });
});

it('does not send a body where a redirect leads', async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    seen.push(request.url ?? '');
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect(await send({ method: 'PUT', url: `${url}/claim`, body: 'token' })).toMatchObject({ status: 307 });
  expect(seen).toEqual(['/claim']);
});

it('trusts the certificates of a file, and without it says that the server is not trusted', async () => {
  const authority = await newAuthority();
  const caFile = `${scratchDirectory()}/ca.pem`;
  writeFileSync(caFile, authority.certificate);
  const url = await serve((_, response) => response.end('secure'), await newServer(authority, ['127.0.0.1']));
  expect((await get({ url, caFile })).body).toBe('secure');
  await expect(get({ url })).rejects.toMatchObject({ reason: 'tls-untrusted' });
  await expect(get({ url, caFile: `${caFile}.none` })).rejects.toMatchObject({
    reason: 'tls',
    message: expect.stringContaining('ca.pem.none'),
  });
});

it('says that a certificate is for another name', async () => {
  const authority = await newAuthority();
  const caFile = `${scratchDirectory()}/ca.pem`;
  writeFileSync(caFile, authority.certificate);
  const url = await serve((_, response) => response.end(), await newServer(authority, ['other.test']));
  await expect(get({ url, caFile })).rejects.toMatchObject({ reason: 'tls-wrong-name' });
});

it('never follows a redirect from https to http', async () => {
  const authority = await newAuthority();
  const caFile = `${scratchDirectory()}/ca.pem`;
  writeFileSync(caFile, authority.certificate);
  const plain = await serve((_, response) => response.end('plain'));
  const url = await serve(
    (_, response) => response.writeHead(302, { location: plain }).end(),
    await newServer(authority, ['127.0.0.1']),
  );
  await expect(get({ url, caFile })).rejects.toMatchObject({
    reason: 'redirects',
    message: expect.stringContaining('gives up the secure connection'),
  });
});

it('says that a server does not speak TLS', async () => {
  const url = await serve((_, response) => response.end());
  await expect(get({ url: url.replace('http:', 'https:') })).rejects.toMatchObject({ reason: 'tls' });
});

it('closes the connection when nobody reads on', async () => {
  const closed = Promise.withResolvers<void>();
  const url = await serve((request, response) => {
    request.socket.on('close', () => closed.resolve());
    response.writeHead(200).write('first');
  });
  const { body } = await openDownload({ url });
  for await (const piece of body) {
    expect(Buffer.from(piece).toString()).toBe('first');
    break;
  }
  await closed.promise;
});

it.each([201, 204, 205, 304, 404, 500])('keeps nothing open of a download with status %d, which nobody reads', async (status) => {
  const closed = Promise.withResolvers<void>();
  const url = await serve((request, response) => {
    request.socket.on('close', () => closed.resolve());
    response.writeHead(status).flushHeaders();
  });
  expect(await openDownload({ url })).toMatchObject({ status });
  await closed.promise;
});

it('keeps no process alive for a download with status 204, which nobody reads', async () => {
  const url = await serve((_, response) => response.writeHead(204).end());
  const text = `import { createHttp } from ${JSON.stringify(resolve(import.meta.dirname, '../../src/system/http.ts'))};
    const { status } = await createHttp({}).openDownload({ url: ${JSON.stringify(url)} });
    console.log(status);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', text]);
  expect(stdout).toBe('204\n');
});

it('ends a request that is waiting for its answer when the run is stopped', async () => {
  const stop = new AbortController();
  const url = await serve(() => stop.abort(new Error('stopped by the user')));
  const { send: patient } = createHttp({});
  await expect(patient({ method: 'PUT', url }, stop.signal)).rejects.toThrow('stopped by the user');
});
