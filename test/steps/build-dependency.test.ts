import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BuildDependencyStep, buildDependency } from '../../src/steps/build-dependency.ts';
import type { System } from '../../src/system/system.ts';
import { createFakeSystem, type FakeCommand, type FakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';
import { tarArchive } from '../support/tar-archive.ts';

const archive = tarArchive([{ path: 'json-c/CMakeLists.txt' }]);
const sha256 = createHash('sha256').update(archive).digest('hex');
const step: BuildDependencyStep = {
  kind: 'build-dependency',
  component: 'jsonc',
  version: '0.16',
  sources: [{ from: 'url', url: 'https://upstream.test/json-c.tar.gz' }],
  archive: `/cache/sources/${sha256}/json-c.tar.gz`,
  archiveSha256: sha256,
  workDirectory: '/work/jsonc',
  runDirectory: '/work',
  externalDirectory: '/work/externaldeps',
  cacheDirectory: '/cache',
  keep: false,
  stateDirectory: '/state/one',
  jobs: { path: '/work/jobs', slots: 2 },
  logPath: '/work/jsonc.log',
};
/** The same library for another install. */
const other: BuildDependencyStep = {
  ...step,
  ...{
    workDirectory: '/other/jsonc',
    runDirectory: '/other',
    externalDirectory: '/other/externaldeps',
    stateDirectory: '/state/two',
  },
};

interface Machine {
  compiler?: string;
  more?: readonly FakeCommand[];
  readOnly?: readonly string[];
}

/** A machine whose cmake and make "install" a library, and whose compiler is this one. */
function machine({ compiler = 'cc 12.2', more = [], readOnly = [] }: Machine = {}): FakeSystem {
  const directories = ['/cache', '/work', '/other'];
  return createFakeSystem({
    files: Object.fromEntries(directories.map((path) => [path, { directory: true as const }])),
    http: [{ url: 'https://upstream.test/json-c.tar.gz', answer: { body: archive } }],
    commands: [
      ...more,
      { program: 'cmake', arguments: ['--version'] },
      { program: 'cmake', effect: (system, { arguments: words }) => install(prefixOf(words), system) },
      { program: 'make' },
      { program: 'cc', arguments: ['--version'], result: { stdout: `${compiler}\n` } },
      { program: 'cc' },
      { program: 'getconf', result: { stdout: 'glibc 2.36\n' } },
      { program: 'uname', result: { stdout: 'x86_64\n' } },
      ...['/work', '/other'].map((run) => ({ program: `${run}/jsonc/check/check` })),
    ],
    readOnly,
  });
}

function prefixOf(words: readonly string[]): string {
  return words.find((word) => word.startsWith('-DCMAKE_INSTALL_PREFIX='))?.split('=')[1] ?? '';
}

async function install(directory: string, system: System): Promise<void> {
  for (const below of ['', '/lib', '/lib/cmake', '/include', '/include/json-c']) {
    await system.createDirectory(`${directory}${below}`, { mode: 0o755 });
  }
  await system.writeFile(`${directory}/lib/libjson-c.a`, 'library', { mode: 0o600 });
  await system.writeFile(`${directory}/lib/cmake/json-c.cmake`, 'not needed', { mode: 0o600 });
  await system.writeFile(`${directory}/include/json-c/json.h`, 'header', { mode: 0o600 });
}

async function build(system: FakeSystem, given = step): Promise<readonly string[]> {
  const context = stepContext(system);
  await buildDependency.run(given, context);
  return context.said;
}

/** How often a library was built. */
function builds(system: FakeSystem): number {
  return system.calls.filter((call) => call.startsWith('run make')).length;
}

function below(system: FakeSystem, directory: string): readonly string[] {
  const files = Object.entries(system.tree()).filter(
    ([path, line]) => path.startsWith(`${directory}/`) && line.startsWith('file'),
  );
  return files.map(([path]) => posix.relative(directory, path));
}

function cachedFile(system: FakeSystem, ending: string): string {
  return Object.keys(system.tree()).find((path) => path.startsWith('/cache/built/') && path.endsWith(ending)) ?? '';
}

const laidOut = ['jsonc/json-c/json.h', 'jsonc/libjson-c.a'];

it('puts the library where the build of the agent looks for it', async () => {
  const system = machine();
  expect(await build(system)).not.toContain('JSON-C 0.16 comes from the cache, verified.');
  expect(below(system, '/work/externaldeps')).toEqual(laidOut);
  expect(builds(system)).toBe(1);
});

it('builds and fetches nothing the second time, for another install', async () => {
  const system = machine();
  await build(system);
  const requests = system.requests.length;
  expect(await build(system, other)).toEqual(['JSON-C 0.16 comes from the cache, verified.']);
  expect(below(system, '/other/externaldeps')).toEqual(laidOut);
  expect([builds(system), system.requests.length]).toEqual([1, requests]);
});

describe('what is damaged in the cache is moved away and built again:', () => {
  it.each<[string, (system: FakeSystem) => void]>([
    ['another byte', (system) => system.place(cachedFile(system, '.a'), 'librarz')],
    ['a missing end', (system) => system.place(cachedFile(system, '.a'), 'libra')],
    ['a missing file', (system) => system.remove(cachedFile(system, '.h'))],
    ['a file too many', (system) => system.place(`${posix.dirname(cachedFile(system, '.a'))}/more.h`, '')],
    ['a file beside the library', (system) => system.place(`${posix.dirname(cachedFile(system, '.a'))}/../ssl/ssl.h`, '')],
    ['a link', (system) => system.place(cachedFile(system, '.h'), { link: '/etc/passwd' })],
    ['a program', (system) => system.place(cachedFile(system, '.a'), { content: 'library', mode: 0o755 })],
    ['no manifest', (system) => system.remove(cachedFile(system, 'manifest.json'))],
    ['a torn manifest', (system) => system.place(cachedFile(system, 'manifest.json'), '{"files"')],
  ])('%s', async (_, damage) => {
    const system = machine();
    await build(system);
    const before = below(system, '/cache/built');
    damage(system);
    await build(system, other);
    expect(builds(system)).toBe(2);
    expect(system.readText('/other/externaldeps/jsonc/libjson-c.a')).toBe('library');
    expect(below(system, '/other/externaldeps')).toEqual(laidOut);
    // Both installs are users of what is there now, and nothing of the damage is left.
    const names = below(system, '/cache/built').map((path) => posix.basename(path));
    expect(names).toHaveLength(before.length + 1);
    expect(await build(system, step)).toEqual(['JSON-C 0.16 comes from the cache, verified.']);
  });
});

it.each([
  ['other sources', { ...step, archiveSha256: 'b'.repeat(64) }, machine()],
  ['another compiler', step, machine({ compiler: 'cc 13.0' })],
  ['another C library', step, machine({ more: [{ program: 'getconf', result: { stdout: 'glibc 2.41\n' } }] })],
  ['another architecture', step, machine({ more: [{ program: 'uname', result: { stdout: 'aarch64\n' } }] })],
])('has another place in the cache for %s', async (_, given, system) => {
  const entryOf = async (of: BuildDependencyStep, on: FakeSystem) => (await buildDependency.inspect(of, on))?.cache?.entry;
  expect(await entryOf(given, system)).toMatch(/^\/cache\/built\/[0-9a-f]{64}$/);
  expect(await entryOf(given, system)).not.toBe(await entryOf(step, machine()));
});

it('has the same place in the cache for the same compiler elsewhere', async () => {
  const entryAt = async (directory: string) => {
    const compiler = `clang version 16\nTarget: x86_64-pc-linux-gnu\nInstalledDir: ${directory}`;
    return (await buildDependency.inspect(step, machine({ compiler })))?.cache?.entry;
  };
  expect(await entryAt('/usr/bin')).toBe(await entryAt('/opt/bin'));
});

it('has nothing to do when the library is in its place', async () => {
  const system = machine();
  await build(system);
  expect(await buildDependency.inspect(step, system)).toBeUndefined();
  system.place('/work/externaldeps/jsonc/libjson-c.a', 'damaged');
  expect(await buildDependency.inspect(step, system)).toBeDefined();
});

it('takes all away again, twice if need be', async () => {
  const system = machine();
  const before = system.tree();
  const undo = await buildDependency.inspect(step, system);
  await build(system);
  for (const _ of [1, 2]) {
    if (undo) await buildDependency.undo(undo, stepContext(system));
    expect(system.tree()).toEqual(before);
  }
});

it('takes back what an earlier kickstart recorded, whose entries had no users', async () => {
  const system = machine();
  const before = system.tree();
  await build(system);
  const entry = posix.dirname(cachedFile(system, 'manifest.json'));
  await buildDependency.undo(
    {
      ...{ workDirectory: '/work/jsonc', staging: '/cache/built/.jsonc-0123456789abcdef', entry },
      ...{ externalDirectory: '/work/externaldeps', component: 'jsonc', created: ['/cache/built', '/work/externaldeps'] },
    },
    stepContext(system),
  );
  expect(below(system, '/cache/built')).toEqual([]);
  expect(Object.keys(system.tree()).filter((path) => path.startsWith('/work'))).toEqual(
    Object.keys(before).filter((path) => path.startsWith('/work')),
  );
});

describe('an uninstall', () => {
  async function installed(system: FakeSystem, given: BuildDependencyStep) {
    const undo = await buildDependency.inspect(given, system);
    await build(system, given);
    return async () => {
      if (undo) await buildDependency.undo(undo, stepContext(system, 'uninstall'));
    };
  }

  it('leaves a library that another install uses, until that one goes', async () => {
    const system = machine();
    const uninstallOne = await installed(system, step);
    const uninstallTwo = await installed(system, other);
    await uninstallOne();
    expect(system.exists(cachedFile(system, 'libjson-c.a'))).toBe(true);
    expect(below(system, '/work/externaldeps')).toEqual([]);
    await uninstallTwo();
    expect(below(system, '/cache/built')).toEqual([]);
  });

  it.each([
    ['takes the empty cache away with the last of them, when kickstart made it', 0o1755, false],
    ['leaves the empty cache that an administrator made', 0o755, true],
  ])('%s', async (_, mode, stays) => {
    const system = machine();
    await system.setMode('/cache', mode);
    const uninstallOne = await installed(system, step);
    const uninstallTwo = await installed(system, other);
    await uninstallOne();
    expect(system.exists('/cache')).toBe(true);
    await uninstallTwo();
    expect(system.exists('/cache')).toBe(stays);
  });

  it('leaves the cache, though it is empty, to a run that goes on', async () => {
    const system = machine();
    await system.setMode('/cache', 0o1755);
    const undo = await buildDependency.inspect(step, system);
    await build(system);
    if (undo) await buildDependency.undo(undo, stepContext(system, 'take-back'));
    expect(below(system, '/cache')).toEqual([]);
    expect(system.exists('/cache')).toBe(true);
  });

  it('leaves the built library in a cache of the user', async () => {
    const system = machine();
    const uninstall = await installed(system, { ...step, keep: true });
    const cached = below(system, '/cache');
    await uninstall();
    expect(below(system, '/cache')).toEqual(cached);
    expect(below(system, '/work/externaldeps')).toEqual([]);
  });

  it('leaves a library that was there to stay before', async () => {
    const system = machine();
    await build(system, { ...step, keep: true });
    const cached = below(system, '/cache');
    const uninstall = await installed(system, other);
    await uninstall();
    expect(below(system, '/cache')).toEqual(cached);
  });

  it('leaves a library that a run works on just now', async () => {
    const system = machine();
    const uninstall = await installed(system, step);
    const entry = posix.dirname(cachedFile(system, 'manifest.json'));
    system.place('/proc/200/stat', `200 (kickstart) S ${'0 '.repeat(18)}8000 0`);
    system.place(`/cache/built/.${posix.basename(entry)}.lock-1-200-8000-00000000000f`, { link: 'since' });
    await uninstall();
    expect(system.exists(`${entry}/files/jsonc/libjson-c.a`)).toBe(true);
  });
});

describe('where the cache cannot be written,', () => {
  it('builds for this run alone, and leaves nothing but in its own directory', async () => {
    const system = machine({ readOnly: ['/cache'] });
    const undo = await buildDependency.inspect(step, system);
    await build(system);
    expect(below(system, '/work/externaldeps')).toEqual(laidOut);
    expect(await system.list('/cache')).toEqual([]);
    if (undo) await buildDependency.undo(undo, stepContext(system));
    expect(await system.list('/work')).toEqual(['cache']);
  });

  it('takes what is in it', async () => {
    const filled = machine();
    await build(filled, { ...step, keep: true });
    const system = machine({ readOnly: ['/cache'] });
    for (const path of below(filled, '/cache/built')) {
      system.place(`/cache/built/${path}`, filled.readText(`/cache/built/${path}`) ?? '');
    }
    expect(await build(system)).toEqual(['JSON-C 0.16 comes from the cache, verified.']);
    expect([builds(system), system.requests]).toEqual([0, []]);
  });
});

describe('where others can put a library into the cache,', () => {
  it.each<[string, (system: FakeSystem, entry: string) => void]>([
    ['the cache is another user’s', (system) => give(system, '/cache')],
    ['the built libraries are', (system) => give(system, '/cache/built')],
    ['the library is', (system, entry) => give(system, entry)],
    ['what is above all is', (system) => give(system, '/')],
    ['all can write the cache', (system) => system.place('/cache', { directory: true, mode: 0o777 })],
    [
      'a group can write the cache',
      (system) => system.place('/cache', { directory: true, mode: 0o775, owner: { userId: 0, groupId: 50 } }),
    ],
    ['all can add to the library', (system, entry) => system.place(entry, { directory: true, mode: 0o1777 })],
  ])('it is built for this run alone, and the planted one not taken: %s', async (_, open) => {
    const system = machine();
    await build(system, { ...step, keep: true });
    const entry = posix.dirname(cachedFile(system, 'manifest.json'));
    const cached = below(system, '/cache');
    open(system, entry);
    const given = { ...other, keep: true };
    const undo = await buildDependency.inspect(given, system);
    expect(await build(system, given)).not.toContain('JSON-C 0.16 comes from the cache, verified.');
    expect(builds(system)).toBe(2);
    expect(below(system, '/other/externaldeps')).toEqual(laidOut);
    // The archive is the pinned one, whoever put it there.
    expect(system.requests).toHaveLength(1);
    if (undo) await buildDependency.undo(undo, stepContext(system));
    expect(below(system, '/cache')).toEqual(cached);
    expect(await system.list('/other')).toEqual(['cache']);
  });

  it('nothing is put where another user may put the same first', async () => {
    const system = machine();
    system.place('/cache/built', { directory: true, mode: 0o1777 });
    await build(system);
    expect(await system.list('/cache/built')).toEqual([]);
    expect(below(system, '/work/externaldeps')).toEqual(laidOut);
  });

  it('people are told', async () => {
    const system = machine();
    give(system, '/cache');
    const context = stepContext(system);
    const told: string[] = [];
    await buildDependency.run(step, { ...context, progress: (text) => told.push(text) });
    expect(told).toContain('/cache can be changed by other users than root and you: it is built for this run alone');
  });

  it('a link that another user can turn leads to no library', async () => {
    const system = machine();
    await build(system, { ...step, keep: true });
    system.place('/home/eve', { directory: true, owner: eve });
    system.place('/home/eve/cache', { link: '/cache' });
    await build(system, { ...other, keep: true, cacheDirectory: '/home/eve/cache' });
    expect(builds(system)).toBe(2);
  });

  it.each<[string, string, (system: FakeSystem) => void]>([
    ['a sticky directory above a cache of ours', '/cache', (system) => system.place('/', { directory: true, mode: 0o1777 })],
    ['a link of ours', '/opt/cache', (system) => system.place('/opt/cache', { link: '../cache' })],
  ])('%s is not meant', async (_, cacheDirectory, change) => {
    const system = machine();
    await build(system, { ...step, keep: true });
    change(system);
    expect(await build(system, { ...other, keep: true, cacheDirectory })).toEqual([
      'JSON-C 0.16 comes from the cache, verified.',
    ]);
  });

  const eve = { userId: 1001, groupId: 1001 };
  function give(system: FakeSystem, path: string): void {
    system.place(path, { directory: true, owner: eve });
  }
});

it('does not cache a library that cannot be linked', async () => {
  const failing = { program: 'cc', arguments: (given: readonly string[]) => given[0] === '-o', result: { exitCode: 1 } };
  const system = machine({ more: [failing] });
  system.place('/work/jsonc.log', 'ld: undefined reference to `SSL_new`\n');
  await expect(build(system)).rejects.toMatchObject({
    code: 'BUILD_DEPENDENCY_FAILED',
    what: expect.stringContaining('Failed to build JSON-C 0.16: '),
    why: 'ld: undefined reference to `SSL_new`',
    next: expect.stringContaining('/work/jsonc.log'),
  });
  expect(cachedFile(system, 'manifest.json')).toBe('');
});

it('says that cmake is missing', async () => {
  const system = machine({ more: [{ program: 'cmake', result: { exitCode: 127 } }] });
  await expect(build(system)).rejects.toMatchObject({
    code: 'BUILD_TOOLS_MISSING',
    what: 'Could not find cmake, which is required to build JSON-C.',
  });
});
