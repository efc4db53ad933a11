import { expect, it } from 'vitest';
import { fetchFromDebian, sourceVersions } from '../../../src/artifacts/fetch/debian-source.ts';
import type { SourceProblem } from '../../../src/artifacts/fetch/fetch.ts';
import { createFakeSystem, type FakeCommand, type FakeSystem } from '../../support/fake-system.ts';

const sumOfHello = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const sumOfScript = 'a'.repeat(64);
const source = { from: 'debian-source', package: 'hello', version: '1.0' } as const;
const fetching = {
  title: 'hello',
  sources: [source],
  sha256: sumOfHello,
  path: '/cache/hello',
  part: '/cache/hello.part',
  workDirectory: '/work',
};
const index = `Package: hello
Version: 1.0-2
Checksums-Sha256:
 ${sumOfScript} 100 hello_1.0-2.dsc
 ${sumOfHello} 5 hello_1.0.orig.tar.gz
Homepage: https://hello.test

Package: hello
Version: 1.0-1
Checksums-Sha256:
 ${sumOfScript} 100 hello_1.0-1.dsc
`;

const stat = (processId: number) => `${processId} (node) S ${'0 '.repeat(18)}${processId}0 0`;

/** A machine on which process 100 is this kickstart. */
function debian(...more: FakeCommand[]): FakeSystem {
  const isSource = (given: readonly string[]) => given.includes('source');
  return createFakeSystem({
    files: {
      '/proc/self/stat': stat(100),
      '/proc/100/stat': stat(100),
      '/work': { directory: true },
      '/cache': { directory: true },
      '/etc/apt/sources.list': 'deb https://mirror.test/debian bookworm main\n',
    },
    commands: [
      ...more,
      { program: 'apt-config' },
      {
        program: 'apt-get',
        arguments: (given) => given.includes('update'),
        effect: (system) => system.writeFile('/work/debian-source/lists/mirror.test_main_source_Sources', '', { mode: 0o644 }),
      },
      { program: 'apt-cache', result: { stdout: index } },
      {
        program: 'apt-get',
        arguments: isSource,
        effect: (system, { directory }) => system.writeFile(`${directory}/hello_1.0.orig.tar.gz`, 'hello', { mode: 0o644 }),
      },
    ],
  });
}

function fetchFrom(system: FakeSystem, signal = new AbortController().signal): Promise<SourceProblem | undefined> {
  return fetchFromDebian(source, fetching, { system, signal, progress: () => {} });
}

it('reads versions and files of a source package', () => {
  expect(sourceVersions(index)).toEqual([
    {
      version: '1.0-2',
      files: [
        { name: 'hello_1.0-2.dsc', sha256: sumOfScript },
        { name: 'hello_1.0.orig.tar.gz', sha256: sumOfHello },
      ],
    },
    { version: '1.0-1', files: [{ name: 'hello_1.0-1.dsc', sha256: sumOfScript }] },
  ]);
});

it('gets the version whose file is the pinned one', async () => {
  const system = debian();
  expect(await fetchFrom(system)).toBeUndefined();
  expect(system.readText('/cache/hello')).toBe('hello');
  expect(system.calls).toContain('run apt-get -c /work/debian-source/apt.conf source --download-only --tar-only hello=1.0-2');
  expect(await system.list('/cache')).toEqual(['hello']);
});

it('asks apt once for all fetches at the same time, and without its hooks', async () => {
  const system = debian();
  const context = { system, signal: new AbortController().signal, progress: () => {} };
  const both = ['/cache/one', '/cache/other'].map((path) => ({ ...fetching, path, part: `${path}.part` }));
  expect(await Promise.all(both.map((one) => fetchFromDebian(source, one, context)))).toEqual([undefined, undefined]);
  expect(await system.list('/cache')).toEqual(['one', 'other']);
  expect(system.calls.filter((call) => call.endsWith(' update'))).toHaveLength(1);
  expect(system.readText('/work/debian-source/apt.conf')).toContain('#clear APT::Update::Post-Invoke;\n');
  expect(system.readText('/work/debian-source/parts/machine.list')).toBe('deb-src https://mirror.test/debian bookworm main\n');
});

it("lets nobody else look at the machine's package sources, in which a password may be", async () => {
  const system = debian();
  await fetchFrom(system);
  expect(await system.stat('/work/debian-source')).toMatchObject({ mode: 0o700 });
});

it('does not ask again after apt had no index', async () => {
  const failing = { program: 'apt-get', result: { exitCode: 100, stderr: 'E: Could not resolve mirror.test\n' } };
  const system = debian(failing);
  for (const _ of [1, 2]) {
    expect((await fetchFrom(system))?.why).toMatch(
      /^apt-get update brought no index of source packages\. .*Could not resolve mirror\.test/,
    );
  }
  expect(system.calls.filter((call) => call.endsWith(' update'))).toHaveLength(1);
});

// Of process 200, which is alive where /proc/200/stat says so.
const lockOfOther = '/work/debian-source/.outcome.lock-1-200-2000-00000000000f';

it('takes over from a process that was killed while it asked', async () => {
  const system = debian();
  system.place(lockOfOther, { link: 'since' });
  expect(await fetchFrom(system)).toBeUndefined();
  expect(await system.list('/work/debian-source')).not.toContain('.outcome.lock-1-200-2000-00000000000f');
});

it('waits for another process, and takes what that had found', async () => {
  const system = debian();
  system.place('/proc/200/stat', stat(200));
  system.place(lockOfOther, { link: 'since' });
  const { sleep } = system;
  system.sleep = async (milliseconds) => {
    await sleep(milliseconds);
    system.place('/work/debian-source/outcome', 'apt-get update brought nothing.');
    system.remove(lockOfOther);
  };
  expect(await fetchFrom(system)).toEqual({ why: 'apt-get update brought nothing.' });
  expect(system.calls.filter((call) => call.endsWith(' update'))).toEqual([]);
});

it('stops waiting for another process when the run is stopped', async () => {
  const system = debian();
  system.place('/proc/200/stat', stat(200));
  system.place(lockOfOther, { link: 'since' });
  const stop = new AbortController();
  const waiting = fetchFrom(system, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
});

it('goes to the next source when another process asks without end', async () => {
  const system = debian();
  system.place('/proc/200/stat', stat(200));
  system.place(lockOfOther, { link: 'since' });
  expect((await fetchFrom(system))?.why).toMatch(/^Another fetch of this run asks the package sources/);
  expect(system.calls.filter((call) => call.endsWith(' update'))).toEqual([]);
});

it('says which versions there are when none is the pinned one', async () => {
  const text = index.replace(sumOfHello, 'b'.repeat(64));
  expect(await fetchFrom(debian({ program: 'apt-cache', result: { stdout: text } }))).toEqual({
    why: 'It has 1.0-2, 1.0-1; hello_1.0.orig.tar.gz is not the pinned 1.0.',
  });
  expect(await fetchFrom(debian({ program: 'apt-cache', result: { exitCode: 100 } }))).toEqual({
    why: 'There is no source package hello.',
  });
});

it('does not take a file that is not what the index says', async () => {
  const system = debian({
    program: 'apt-get',
    arguments: (given) => given.includes('source'),
    effect: (changed, { directory }) => changed.writeFile(`${directory}/hello_1.0.orig.tar.gz`, 'other', { mode: 0o644 }),
  });
  expect((await fetchFrom(system))?.actual).toBe('d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa');
  expect(await system.list('/cache')).toEqual([]);
});
