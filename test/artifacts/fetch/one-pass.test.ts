import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fetchArtifact, type Source } from '../../../src/artifacts/fetch/fetch.ts';
import { createRealSystem } from '../../../src/system/real-system.ts';
import { evilArchives, oddArchives } from '../../support/evil-archives.ts';
import { serveFile, whole } from '../../support/range-server.ts';
import { scratchDirectory, treeOf } from '../../support/scratch-directory.ts';
import { tarArchive } from '../../support/tar-archive.ts';

interface Given {
  sources: readonly Source[];
  archive: Buffer;
  top?: string;
  stripComponents?: number;
}

async function fetched({ sources, archive, top = scratchDirectory(), stripComponents = 0 }: Given) {
  mkdirSync(`${top}/work`, { recursive: true });
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const problem = await fetchArtifact(
    {
      ...{ title: 'thing 1.0', sources, sha256, path: `${top}/cache/thing.tar.gz`, workDirectory: `${top}/work` },
      unpack: { destination: `${top}/work/tree`, stripComponents },
    },
    { system: createRealSystem({ environment: {} }), signal: new AbortController().signal, progress: () => undefined },
  ).then(
    () => undefined,
    (error: Error) => error,
  );
  return { problem, top, names: Object.keys(treeOf(top)) };
}

it.each(evilArchives)('refuses an archive with the right checksum that %s, and leaves nothing of it', async (_, archive, why) => {
  const { source } = await serveFile(archive, whole);
  const { problem, names } = await fetched({ sources: [source], archive });
  expect(problem).toMatchObject({ code: 'VERIFY_ARCHIVE_UNSAFE', why: expect.stringMatching(why) });
  expect(names).toEqual(['cache', 'work']);
});

it.each(oddArchives)('unpacks an archive with %s', async (_, archive, tree) => {
  const { source } = await serveFile(archive, whole);
  const { problem, top } = await fetched({ sources: [source], archive });
  expect(problem).toBeUndefined();
  expect(treeOf(`${top}/work/tree`)).toEqual(tree);
});

const good = tarArchive([{ path: 'top/file', content: 'one' }]);
const nowhere: Source = { from: 'url', url: 'http://127.0.0.1:1/' };

it('blames the source, not the archive, when bytes that cannot be unpacked are not the right ones', async () => {
  const wrong = await serveFile(evilArchives[0]?.[1] ?? good, whole);
  const { problem, names } = await fetched({ sources: [wrong.source], archive: good });
  expect(problem).toMatchObject({ code: 'VERIFY_CHECKSUM' });
  expect(names).toEqual(['cache', 'work']);
});

it('unpacks what is in the cache while it is verified, and asks nobody', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/cache`);
  writeFileSync(`${top}/cache/thing.tar.gz`, good);
  expect(await fetched({ sources: [nowhere], archive: good, top, stripComponents: 1 })).toMatchObject({ problem: undefined });
  expect(treeOf(`${top}/work/tree`)).toEqual({ file: '644 one' });
});

it('throws away what it unpacked of a damaged file in the cache, and fetches it anew', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/cache`);
  writeFileSync(`${top}/cache/thing.tar.gz`, tarArchive([{ path: 'top/other', content: 'two' }]));
  const { source } = await serveFile(good, whole);
  expect(await fetched({ sources: [source], archive: good, top, stripComponents: 1 })).toMatchObject({ problem: undefined });
  expect(treeOf(`${top}/work/tree`)).toEqual({ file: '644 one' });
  expect(readFileSync(`${top}/cache/thing.tar.gz`).equals(good)).toBe(true);
});

it('takes the right file of a bundle, also behind a link, and leaves the bundle as it is', async () => {
  const bundle = scratchDirectory();
  writeFileSync(`${bundle}/wrong.tar.gz`, 'damaged');
  writeFileSync(`${bundle}/real`, good);
  symlinkSync('real', `${bundle}/thing.tar.gz`);
  const before = treeOf(bundle);
  const source: Source = { from: 'directory', directory: bundle, fileNames: ['none.tar.gz', 'wrong.tar.gz', 'thing.tar.gz'] };
  const { problem, names } = await fetched({ sources: [source], archive: good, stripComponents: 1 });
  expect(problem).toBeUndefined();
  expect(names).toEqual(['cache', 'cache/thing.tar.gz', 'work', 'work/tree', 'work/tree/file']);
  expect(treeOf(bundle)).toEqual(before);
});

it.each([
  ['no such file', 'none.tar.gz', 'FETCH_FAILED', /It has no file none\.tar\.gz\./],
  ['another file under its name', 'wrong.tar.gz', 'VERIFY_CHECKSUM', /The SHA-256 of its wrong\.tar\.gz is [0-9a-f]{64}\./],
  ['a link to what would never end', 'pipe.tar.gz', 'FETCH_FAILED', /It has no file pipe\.tar\.gz\./],
  ['a link to itself', 'loop.tar.gz', 'FETCH_FAILED', /It has no file loop\.tar\.gz\./],
])('says that a bundle has %s', async (_, fileName, code, why) => {
  const bundle = scratchDirectory();
  writeFileSync(`${bundle}/wrong.tar.gz`, 'damaged');
  symlinkSync('/dev/zero', `${bundle}/pipe.tar.gz`);
  symlinkSync('loop.tar.gz', `${bundle}/loop.tar.gz`);
  const source: Source = { from: 'directory', directory: bundle, fileNames: [fileName] };
  expect((await fetched({ sources: [source], archive: good })).problem).toMatchObject({ code, why: expect.stringMatching(why) });
});
