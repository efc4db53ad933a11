import { expect, test } from 'vitest';
import { run } from '../../../src/cli/run.ts';
import type { FakeEntry } from '../../support/fake-files.ts';
import { type FakeWorld, fakeWorld } from '../../support/fake-world.ts';

const cache = '/var/cache/kickstart';
const [json, sockets] = ['1'.repeat(64), '2'.repeat(64)];
const ofHello = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const library = `${cache}/built/${json}`;
const archive = `${cache}/sources/${ofHello}/json-c-0.16.tar.gz`;

/** A cache with a library that one install uses, one that none uses, and a source archive. */
function machine(more: Readonly<Record<string, FakeEntry>> = {}): FakeWorld {
  return fakeWorld({
    files: {
      [`${library}/manifest.json`]: manifest({
        ...{ component: 'jsonc', version: '0.16', compiler: 'cc 12.2', created: '2026-11-20T12:00:00.000Z' },
        files: { 'jsonc/libjson-c.a': ofHello },
      }),
      [`${library}/files/jsonc/libjson-c.a`]: 'hello',
      [`${library}/users/0123456789abcdef`]: '/var/lib/kickstart/system\n',
      '/var/lib/kickstart/system/receipt.jsonl': '',
      // As an earlier kickstart wrote it: without facts.
      [`${cache}/built/${sockets}/manifest.json`]: manifest({ files: { 'libwebsockets/libwebsockets.a': ofHello } }),
      [`${cache}/built/${sockets}/files/libwebsockets/libwebsockets.a`]: 'hello',
      [archive]: 'hello',
      ...more,
    },
  });
}

function manifest(content: object): string {
  return JSON.stringify(content);
}

async function kickstart(words: readonly string[], world = machine()) {
  const status = await run(['cache', ...words], world);
  return { status, ...world.printed(), files: Object.keys(world.system.tree()).filter((path) => path.startsWith(cache)) };
}

test('kickstart cache list says what is there, how big it is and who uses it', async () => {
  expect((await kickstart(['list'])).output).toBe(
    [
      '2 built libraries and 1 source archive, 0.0 MB, in /var/cache/kickstart',
      '  JSON-C 0.16, 0.0 MB, built 2026-11-20 with cc 12.2, used by /var/lib/kickstart/system',
      '  library 222222222222, 0.0 MB, used by no install',
      '  json-c-0.16.tar.gz, 0.0 MB, source archive',
      '',
    ].join('\n'),
  );
});

test('kickstart cache list gives programs the same', async () => {
  const { output } = await kickstart(['list', '--json']);
  expect(JSON.parse(output)).toEqual({
    cacheDirectory: cache,
    entries: [
      {
        ...{ kind: 'library', path: library, component: 'jsonc', version: '0.16', compiler: 'cc 12.2' },
        ...{ created: '2026-11-20T12:00:00.000Z', sizeBytes: 224, usedBy: ['/var/lib/kickstart/system'] },
      },
      { kind: 'library', path: `${cache}/built/${sockets}`, sizeBytes: 115, usedBy: [] },
      {
        ...{ kind: 'archive', path: `${cache}/sources/${ofHello}`, sha256: ofHello, fileNames: ['json-c-0.16.tar.gz'] },
        sizeBytes: 5,
      },
    ],
  });
});

test('kickstart cache list says that there is nothing, also where there is no directory', async () => {
  const { status, output } = await kickstart(['list', '--cache-directory', 'elsewhere']);
  expect(status).toBe(0);
  expect(output).toBe('0 built libraries and 0 source archives, 0.0 MB, in /root/elsewhere\n');
});

test('kickstart cache verify reads all of it', async () => {
  const { status, output } = await kickstart(['verify']);
  expect(status).toBe(0);
  expect(output).toBe(
    '2 built libraries and 1 source archive, 0.0 MB, in /var/cache/kickstart: every one of them is what it was.\n',
  );
});

test.each<[string, Record<string, FakeEntry>, string]>([
  ['another byte', { [`${library}/files/jsonc/libjson-c.a`]: 'hellO' }, 'jsonc/libjson-c.a is not what it was.'],
  ['an end that is missing', { [`${library}/files/jsonc/libjson-c.a`]: 'hell' }, 'jsonc/libjson-c.a is not what it was.'],
  ['a file too many', { [`${library}/files/jsonc/more.h`]: '' }, 'jsonc/more.h does not belong to it.'],
  ['a link', { [`${library}/files/jsonc/more.h`]: { link: '/etc/passwd' } }, 'jsonc/more.h is no regular file.'],
  [
    'another mode',
    { [`${library}/files/jsonc/libjson-c.a`]: { content: 'hello', mode: 0o755 } },
    'The mode of jsonc/libjson-c.a',
  ],
  ['no manifest', { [`${library}/manifest.json`]: 'torn {' }, 'It has no manifest that can be read.'],
  [
    'a file too few',
    { [`${library}/manifest.json`]: manifest({ files: { 'jsonc/gone.h': ofHello } }) },
    'jsonc/gone.h is not there.',
  ],
  ['another archive', { [archive]: 'hellO' }, 'json-c-0.16.tar.gz is not what it was.'],
])('kickstart cache verify finds %s', async (_, damage, sentence) => {
  const { status, complaints } = await kickstart(['verify'], machine(damage));
  expect(status).toBe(4);
  expect(complaints).toContain('1 of 3 entries of the cache /var/cache/kickstart are damaged.');
  expect(complaints).toContain(sentence);
  expect(complaints).toContain('CACHE_DAMAGED');
});

test('kickstart cache prune removes what no install uses, and keeps the rest', async () => {
  const world = machine();
  const { status, output, files } = await kickstart(['prune'], world);
  expect(status).toBe(0);
  expect(output).toBe(
    [
      'Removed 1 built library and 1 source archive, 0.0 MB, from /var/cache/kickstart: library 222222222222, json-c-0.16.tar.gz.',
      'Kept JSON-C 0.16: an install uses it.',
      '',
    ].join('\n'),
  );
  expect(files).toEqual([
    cache,
    `${cache}/built`,
    library,
    `${library}/files`,
    `${library}/files/jsonc`,
    `${library}/files/jsonc/libjson-c.a`,
    `${library}/manifest.json`,
    `${library}/users`,
    `${library}/users/0123456789abcdef`,
    `${cache}/sources`,
  ]);
});

test('kickstart cache prune takes an install that is gone for nobody', async () => {
  const world = machine();
  world.system.remove('/var/lib/kickstart/system');
  expect((await kickstart(['prune'], world)).files).toEqual([cache, `${cache}/built`, `${cache}/sources`]);
});

test('kickstart cache prune removes what killed runs left, and nothing that a living one works on', async () => {
  const busy = { [`${cache}/built/.${json}.lock-1-77-500-00000000000f`]: { link: 'since' } };
  const ofDead = [
    `${cache}/built/.${sockets}.lock-1-78-500-00000000000f`,
    `${cache}/built/.${sockets}.staging-0123456789abcdef/files/a`,
  ];
  const ofLiving = [`${cache}/built/.${json}.staging-0123456789abcdef/files/a`];
  const world = machine({ ...busy, ...Object.fromEntries([...ofDead, ...ofLiving].map((path) => [path, ''])) });
  world.system.place('/proc/77/stat', `77 (kickstart) S ${'0 '.repeat(18)}500 0`);
  world.system.remove('/var/lib/kickstart/system');
  const { output } = await kickstart(['prune'], world);
  expect(output).toContain('Kept JSON-C 0.16: a run works on it just now.');
  expect(await world.system.list(`${cache}/built`)).toEqual([
    `.${json}.lock-1-77-500-00000000000f`,
    `.${json}.staging-0123456789abcdef`,
    json,
  ]);
});

test('kickstart cache prune says what it removed to programs, too', async () => {
  const { output } = await kickstart(['prune', '--json']);
  expect(JSON.parse(output)).toMatchObject({
    cacheDirectory: cache,
    freedBytes: 120,
    removed: [{ path: `${cache}/built/${sockets}` }, { kind: 'archive' }],
    kept: [{ entry: { path: library }, why: 'used' }],
  });
});

test.each([
  [[], 'kickstart cache does not say what to do.'],
  [['empty'], 'kickstart cache cannot empty.'],
  [['list', 'all'], 'USAGE_UNKNOWN_COMMAND'],
])('kickstart cache %j is a mistake', async (words, sentence) => {
  const { status, complaints } = await kickstart(words);
  expect(status).toBe(2);
  expect(complaints).toContain(sentence);
});
