import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { list } from 'tar';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ReleaseMirror, startReleaseMirror } from '../../src/standin/release-mirror.ts';

async function sourceTree(): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), 'release-tree-'));
  onTestFinished(() => rm(tree, { recursive: true }));
  await mkdir(join(tree, 'packaging'));
  await mkdir(join(tree, 'externaldeps'));
  await writeFile(join(tree, 'packaging/version'), 'v0.0.0\n');
  await writeFile(join(tree, 'configure'), '#!/bin/sh\n', { mode: 0o700 });
  await writeFile(join(tree, 'main.c'), 'int main;\n', { mode: 0o600 });
  await writeFile(join(tree, 'Makefile.in'), 'all:\n', { mode: 0o644 });
  await writeFile(join(tree, 'Makefile'), 'made by configure\n');
  await writeFile(join(tree, 'config.h'), 'made by configure\n');
  await writeFile(join(tree, 'main.o'), 'object');
  await writeFile(join(tree, 'netdata'), '\x7fELF program');
  await writeFile(join(tree, 'externaldeps/libx.c'), 'built\n');
  await symlink('main.c', join(tree, 'link.c'));
  return tree;
}

async function mirrorOf(tree: string): Promise<ReleaseMirror> {
  const releases = [
    { tag: 'v1.31.0', tree },
    { tag: 'v1.32.0', tree },
  ];
  const files = { '/files/extra.tar.gz': Buffer.from('0123456789') };
  const mirror = await startReleaseMirror({ host: '127.0.0.1', port: 0, releases, latest: 'v1.31.0', files });
  onTestFinished(() => mirror.close());
  return mirror;
}

async function bytesAt(mirror: ReleaseMirror, path: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(mirror.url + path)).arrayBuffer());
}

const archivePath = '/releases/download/v1.31.0/netdata-v1.31.0.tar.gz';

describe('the release mirror', () => {
  it('leads to the latest release, and to another one when told', async () => {
    const mirror = await mirrorOf(await sourceTree());
    const location = async (path: string) => {
      const answer = await fetch(mirror.url + path, { redirect: 'manual' });
      return [answer.status, answer.headers.get('location')];
    };
    expect(await location('/releases/latest')).toEqual([302, '/releases/tag/v1.31.0']);
    mirror.setLatest('v1.32.0');
    expect(await location('/releases/latest')).toEqual([302, '/releases/tag/v1.32.0']);
    expect(await location('/releases/latest/download/sha256sums.txt')).toEqual([
      302,
      '/releases/download/v1.32.0/sha256sums.txt',
    ]);
    expect((await fetch(`${mirror.url}/releases/latest`)).url).toBe(`${mirror.url}/releases/tag/v1.32.0`);
  });

  it('serves the sources with their tag as version, and without what a build leaves', async () => {
    const mirror = await mirrorOf(await sourceTree());
    const archive = await bytesAt(mirror, archivePath);
    const entries: [string, string, number][] = [];
    const contents: Record<string, string> = {};
    const parser = list({
      onReadEntry(entry) {
        entries.push([entry.path, entry.type, entry.mode ?? 0]);
        entry.on('data', (piece) => {
          contents[entry.path] = `${contents[entry.path] ?? ''}${piece.toString()}`;
        });
      },
    });
    const isRead = new Promise((resolve) => parser.on('end', resolve));
    parser.end(gunzipSync(archive));
    await isRead;
    const ofTree = ([path]: [string, string, number]) => !/packaging\/.+\.(version|checksums)$/.test(path);
    expect(entries.filter(ofTree)).toEqual([
      ['netdata-v1.31.0/', 'Directory', 0o755],
      ['netdata-v1.31.0/Makefile.in', 'File', 0o644],
      ['netdata-v1.31.0/configure', 'File', 0o755],
      ['netdata-v1.31.0/link.c', 'SymbolicLink', 0o777],
      ['netdata-v1.31.0/main.c', 'File', 0o644],
      ['netdata-v1.31.0/packaging/', 'Directory', 0o755],
      ['netdata-v1.31.0/packaging/version', 'File', 0o644],
    ]);
    expect(contents['netdata-v1.31.0/packaging/go.d.checksums']).toMatch(/^[0-9a-f]{64} \*config\.tar\.gz\n/);
    expect(contents).toMatchObject({
      'netdata-v1.31.0/Makefile.in': 'all:\n',
      'netdata-v1.31.0/configure': '#!/bin/sh\n',
      'netdata-v1.31.0/main.c': 'int main;\n',
      'netdata-v1.31.0/packaging/version': 'v1.31.0\n',
    });
  });

  it('serves checksums that are those of the archive, under both names', async () => {
    const mirror = await mirrorOf(await sourceTree());
    const archive = await bytesAt(mirror, archivePath);
    const sum = createHash('sha256').update(archive).digest('hex');
    const sums = (await bytesAt(mirror, '/releases/download/v1.31.0/sha256sums.txt')).toString();
    expect(sums).toBe(`${sum} *./netdata-v1.31.0.tar.gz\n${sum} *./netdata-latest.tar.gz\n`);
    expect(await bytesAt(mirror, '/releases/download/v1.31.0/netdata-latest.tar.gz')).toEqual(archive);
  });

  it('makes the same archive of the same sources, whenever they were written', async () => {
    const tree = await sourceTree();
    const first = await bytesAt(await mirrorOf(tree), archivePath);
    await utimes(join(tree, 'main.c'), 1, 1);
    expect(await bytesAt(await mirrorOf(tree), archivePath)).toEqual(first);
    expect((await readFile(join(tree, 'packaging/version'), 'utf8')).trim()).toBe('v0.0.0');
  });

  it('answers HEAD and ranges, and lists what was asked', async () => {
    const mirror = await mirrorOf(await sourceTree());
    const url = `${mirror.url}/files/extra.tar.gz`;
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
    const part = async (range: string) => {
      const answer = await fetch(url, { headers: { Range: range } });
      return [answer.status, answer.headers.get('content-range'), await answer.text()];
    };
    expect(await part('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234']);
    expect(await part('bytes=7-')).toEqual([206, 'bytes 7-9/10', '789']);
    expect(await part('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789']);
    expect(await part('bytes=10-')).toEqual([416, 'bytes */10', '']);
    expect(mirror.requests.slice(0, 2)).toEqual([
      { method: 'HEAD', path: '/files/extra.tar.gz' },
      { method: 'GET', path: '/files/extra.tar.gz', range: 'bytes=2-4' },
    ]);
  });

  it('answers 404 for what is not there, and 405 for other methods', async () => {
    const mirror = await mirrorOf(await sourceTree());
    expect((await fetch(`${mirror.url}/releases/tag/v9`)).status).toBe(404);
    expect((await fetch(`${mirror.url}/releases/download/v1.31.0/other`)).status).toBe(404);
    expect((await fetch(`${mirror.url}/releases/latest`, { method: 'POST' })).status).toBe(405);
  });

  it('has faults at single paths until they are taken away', async () => {
    const mirror = await mirrorOf(await sourceTree());
    const path = '/files/extra.tar.gz';
    const read = async (signal?: AbortSignal) => (await fetch(mirror.url + path, signal ? { signal } : {})).text();
    mirror.setFault(path, { status: 500 });
    expect((await fetch(mirror.url + path)).status).toBe(500);
    mirror.setFault(path, { replaceBody: 'other' });
    expect(await read()).toBe('other');
    mirror.setFault(path, { truncateAt: 3 });
    await expect(read()).rejects.toThrow('terminated');
    mirror.setFault(path, { reset: true });
    await expect(read()).rejects.toThrow('fetch failed');
    mirror.setFault(path, { hang: true });
    await expect(read(AbortSignal.timeout(50))).rejects.toThrow('timeout');
    mirror.setFault(path, undefined);
    expect(await read()).toBe('0123456789');
  });
});
