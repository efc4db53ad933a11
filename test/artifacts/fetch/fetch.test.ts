import { mkdirSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { expect, it } from 'vitest';
import { type FetchContext, fetchArtifact, type Source } from '../../../src/artifacts/fetch/fetch.ts';
import { createRealSystem } from '../../../src/system/real-system.ts';
import type { System } from '../../../src/system/system.ts';
import { serve } from '../../support/loopback-server.ts';
import { scratchDirectory, treeOf } from '../../support/scratch-directory.ts';

const sumOfHello = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const sumOfOther = 'd9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa';
const impatient = { headersMilliseconds: 100, silenceMilliseconds: 100 };

/** The real system, with pauses that take no time. */
function newContext(): FetchContext & { pauses: number[] } {
  const pauses: number[] = [];
  const system: System = {
    ...createRealSystem({ environment: {}, httpLimits: impatient }),
    sleep: async (milliseconds) => void pauses.push(milliseconds),
    // Of which the pauses take their random part.
    randomUuid: () => '00000000-0000-4000-8000-000000000000',
  };
  return { system, signal: new AbortController().signal, progress: () => {}, pauses };
}

function fetching(sources: readonly Source[], top = scratchDirectory()) {
  mkdirSync(`${top}/work`, { recursive: true });
  return {
    title: 'hello 1.0',
    sources,
    sha256: sumOfHello,
    path: `${top}/cache/sources/x/hello.tar.gz`,
    workDirectory: `${top}/work`,
    top,
  };
}

async function source(...answers: RequestListener[]): Promise<Source & { from: 'url' }> {
  let asked = 0;
  return {
    from: 'url',
    url: await serve((request, response) => answers[Math.min(asked++, answers.length - 1)]?.(request, response)),
  };
}

const hello: RequestListener = (_, response) => response.end('hello');
const other: RequestListener = (_, response) => response.end('other');
const status =
  (code: number): RequestListener =>
  (_, response) =>
    response.writeHead(code).end('hello');
const nothingThere = { cache: '755', 'cache/sources': '755', 'cache/sources/x': '755', work: '755' };

it('puts the file into the cache, and nothing else', async () => {
  const wanted = fetching([await source(hello)]);
  await fetchArtifact(wanted, newContext());
  expect(treeOf(wanted.top)).toEqual({ ...nothingThere, 'cache/sources/x/hello.tar.gz': '644 hello' });
});

it('asks nobody for what is in the cache, and does not trust the cache', async () => {
  const wanted = fetching([{ from: 'url', url: 'http://127.0.0.1:1/' }]);
  mkdirSync(`${wanted.top}/cache/sources/x`, { recursive: true });
  writeFileSync(wanted.path, 'hello');
  await fetchArtifact(wanted, newContext());
  writeFileSync(wanted.path, 'other');
  await fetchArtifact({ ...wanted, sources: [await source(hello)] }, newContext());
  expect(treeOf(wanted.top)).toMatchObject({ 'cache/sources/x/hello.tar.gz': '644 hello' });
});

it('takes the next source when one has another file', async () => {
  const wanted = fetching([await source(other), await source(status(404)), await source(hello)]);
  await fetchArtifact(wanted, newContext());
  expect(treeOf(wanted.top)).toMatchObject({ 'cache/sources/x/hello.tar.gz': '644 hello' });
});

it('names the source of a wrong file, and what it should have been', async () => {
  const [wrong, missing] = [await source(other), await source(status(404))];
  const wanted = fetching([wrong, missing]);
  await expect(fetchArtifact(wanted, newContext())).rejects.toMatchObject({
    code: 'VERIFY_CHECKSUM',
    what: `What was downloaded is not hello 1.0: its SHA-256 should be ${sumOfHello}.`,
    why: `${wrong.url}: Its SHA-256 is ${sumOfOther}. ${missing.url}: It answers with status 404: it is not there.`,
  });
  expect(treeOf(wanted.top)).toEqual(nothingThere);
});

it.each<[string, RequestListener]>([
  ['is not available for a moment', status(503)],
  ['closes the connection', (request) => request.socket.destroy()],
  ['falls silent', (_, response) => response.writeHead(200).write('hel')],
  [
    'sends too little',
    (_, response) => response.writeHead(200, { 'content-length': '5' }).write('hel', () => response.destroy()),
  ],
])('tries again, after a pause, when the server %s', async (_, trouble) => {
  const context = newContext();
  const wanted = fetching([await source(trouble, trouble, hello)]);
  await fetchArtifact(wanted, context);
  expect(context.pauses).toEqual([1000, 2000]);
  expect(treeOf(wanted.top)).toMatchObject({ 'cache/sources/x/hello.tar.gz': '644 hello' });
});

it('gives up after five attempts, and says what was wrong with each source', async () => {
  const context = newContext();
  const first = await source(status(503));
  const wanted = fetching([first, { from: 'url', url: 'http://127.0.0.1:1/' }]);
  await expect(fetchArtifact(wanted, context)).rejects.toMatchObject({
    code: 'FETCH_FAILED',
    why: `${first.url}: It answers with status 503: the server is not available for the moment. http://127.0.0.1:1/: The server does not take connections: connect ECONNREFUSED 127.0.0.1:1 (http://127.0.0.1:1/).`,
  });
  expect(context.pauses).toEqual([1000, 2000, 4000, 8000, 1000, 2000, 4000, 8000]);
  expect(treeOf(wanted.top)).toEqual(nothingThere);
});

it.each([
  ['a file that is not there', status(404)],
  ['another file', other],
  ['redirects without end', (_, response) => response.writeHead(302, { location: '/' }).end()],
] as [string, RequestListener][])('does not try again for %s', async (_, answer) => {
  const context = newContext();
  await expect(fetchArtifact(fetching([await source(answer)]), context)).rejects.toThrow();
  expect(context.pauses).toEqual([]);
});

it('ends at once when the run is stopped while the server is silent', async () => {
  const stop = new AbortController();
  const wanted = fetching([await source((_, response) => response.writeHead(200).write('hel'))]);
  const patient = createRealSystem({ environment: {} });
  const context = { system: patient, signal: stop.signal, progress: () => stop.abort(new Error('the user stopped it')) };
  await expect(fetchArtifact(wanted, context)).rejects.toThrow('the user stopped it');
  expect(treeOf(wanted.top)).toEqual(nothingThere);
});

it('says how far it is', async () => {
  const said: string[] = [];
  const body = Buffer.alloc(1_500_000);
  const big: RequestListener = (_, response) => response.writeHead(200, { 'content-length': body.length }).end(body);
  await fetchArtifact(fetching([await source(big)]), { ...newContext(), progress: (text) => said.push(text) }).catch(
    () => undefined,
  );
  expect(said.at(-1)).toBe('1.5 of 1.5 MB');
});
