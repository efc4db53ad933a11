import { posix } from 'node:path';
import { expect, it } from 'vitest';
import { type BuildDependencyStep, buildDependency } from '../../src/steps/build-dependency.ts';
import type { System } from '../../src/system/system.ts';
import { createFakeSystem, type FakeCommand, type FakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';
import { tarArchive } from '../support/tar-archive.ts';

const step: BuildDependencyStep = {
  kind: 'build-dependency',
  component: 'jsonc',
  version: '0.16',
  archive: '/cache/jsonc.tar.gz',
  archiveSha256: 'a'.repeat(64),
  workDirectory: '/work/jsonc',
  cacheDirectory: '/cache',
  keep: false,
  agentSourceDirectory: '/work/agent',
  jobs: 2,
  logPath: '/work/jsonc.log',
};
const isInstall = (given: readonly string[]) => given.includes('install');

/** A machine whose cmake "installs" a library, and whose compiler is this one. */
function machine({ compiler = 'cc 12.2', more = [] as readonly FakeCommand[] } = {}): FakeSystem {
  return createFakeSystem({
    files: { '/work/agent': { directory: true }, '/cache/jsonc.tar.gz': tarArchive([{ path: 'json-c/CMakeLists.txt' }]) },
    commands: [
      ...more,
      { program: 'cmake', arguments: isInstall, effect: (system) => install('/work/jsonc/installed', system) },
      { program: 'cmake' },
      { program: 'cc', arguments: ['--version'], result: { stdout: `${compiler}\n` } },
      { program: 'cc' },
      { program: 'getconf', result: { stdout: 'glibc 2.36\n' } },
      { program: 'uname', result: { stdout: 'x86_64\n' } },
      { program: '/work/jsonc/check' },
    ],
  });
}

async function install(directory: string, system: System): Promise<void> {
  for (const below of ['', '/lib', '/lib/cmake', '/include', '/include/json-c']) {
    await system.createDirectory(`${directory}${below}`, { mode: 0o755 });
  }
  await system.writeFile(`${directory}/lib/libjson-c.a`, 'library', { mode: 0o600 });
  await system.writeFile(`${directory}/lib/cmake/json-c.cmake`, 'not needed', { mode: 0o600 });
  await system.writeFile(`${directory}/include/json-c/json.h`, 'header', { mode: 0o600 });
}

function build(system: FakeSystem, given = step): Promise<void> {
  return buildDependency.run(given, stepContext(system));
}

function builds(system: FakeSystem): number {
  return system.calls.filter((call) => call.startsWith('run cmake --build')).length;
}

function below(system: FakeSystem, directory: string): readonly string[] {
  const files = Object.entries(system.tree()).filter(
    ([path, line]) => path.startsWith(`${directory}/`) && line.startsWith('file'),
  );
  return files.map(([path]) => posix.relative(directory, path));
}

it('puts the library where the build of the agent looks for it, after having linked and run it', async () => {
  const system = machine();
  await build(system);
  expect(below(system, '/work/agent')).toEqual(['externaldeps/jsonc/json-c/json.h', 'externaldeps/jsonc/libjson-c.a']);
  expect(system.calls.filter((call) => call.startsWith('run ')).map((call) => call.split(' ').slice(1, 3).join(' '))).toEqual([
    'cmake -DCMAKE_BUILD_TYPE=Release',
    'cmake --build',
    'cc -o',
    '/work/jsonc/check',
  ]);
});

it('builds nothing the second time, for another agent', async () => {
  const system = machine();
  await build(system);
  system.place('/work/other', { directory: true });
  await build(system, { ...step, workDirectory: '/work/again', agentSourceDirectory: '/work/other' });
  expect(builds(system)).toBe(1);
  expect(below(system, '/work/other')).toEqual(['externaldeps/jsonc/json-c/json.h', 'externaldeps/jsonc/libjson-c.a']);
});

it('builds again when what is in the cache is damaged', async () => {
  const system = machine();
  await build(system);
  const [library = ''] = Object.keys(system.tree()).filter((path) => path.startsWith('/cache/built/') && path.endsWith('.a'));
  system.place(library, 'damaged');
  await build(system);
  expect(builds(system)).toBe(2);
  expect(system.readText('/work/agent/externaldeps/jsonc/libjson-c.a')).toBe('library');
});

it.each([
  ['other sources', { ...step, archiveSha256: 'b'.repeat(64) }, machine()],
  ['another compiler', step, machine({ compiler: 'cc 13.0' })],
  ['another C library', step, machine({ more: [{ program: 'getconf', result: { stdout: 'glibc 2.41\n' } }] })],
  ['another architecture', step, machine({ more: [{ program: 'uname', result: { stdout: 'aarch64\n' } }] })],
])('has another place in the cache for %s', async (_, given, system) => {
  const undo = await buildDependency.inspect(given, system);
  expect(undo?.entry).toMatch(/^\/cache\/built\/[0-9a-f]{64}$/);
  expect(undo?.entry).not.toBe((await buildDependency.inspect(step, machine()))?.entry);
});

it('has nothing to do when the library is in its place', async () => {
  const system = machine();
  await build(system);
  expect(await buildDependency.inspect(step, system)).toBeUndefined();
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

it('leaves the built library in a cache of the user', async () => {
  const system = machine();
  const undo = await buildDependency.inspect({ ...step, keep: true }, system);
  await build(system, { ...step, keep: true });
  const cached = below(system, '/cache');
  if (undo) await buildDependency.undo(undo, stepContext(system));
  expect(below(system, '/cache')).toEqual(cached);
  expect(below(system, '/work/agent')).toEqual([]);
});

it('does not cache a library that cannot be linked, and says why', async () => {
  const failing = { program: 'cc', arguments: (given: readonly string[]) => given[0] === '-o', result: { exitCode: 1 } };
  const system = machine({ more: [failing] });
  system.place('/work/jsonc.log', 'ld: undefined reference to `SSL_new`\n');
  await expect(build(system)).rejects.toMatchObject({
    code: 'BUILD_DEPENDENCY_FAILED',
    what: expect.stringContaining('Failed to build JSON-C 0.16: '),
    why: 'ld: undefined reference to `SSL_new`',
    next: expect.stringContaining('/work/jsonc.log, which stays only with --keep-on-failure'),
  });
  expect(await buildDependency.inspect(step, system)).toMatchObject({ entry: expect.any(String) });
});

it('says that cmake is missing', async () => {
  const system = machine({ more: [{ program: 'cmake', result: { exitCode: 127 } }] });
  await expect(build(system)).rejects.toMatchObject({
    code: 'BUILD_TOOLS_MISSING',
    what: 'Could not find cmake, which is required to build JSON-C.',
  });
});
