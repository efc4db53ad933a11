import { describe, expect, it } from 'vitest';
import { buildLibrary, type LibraryBuild } from '../../src/steps/build-library.ts';
import { createFakeSystem, type FakeCommand, type FakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const builder = { userId: 60578, groupId: 60578 };
const build: LibraryBuild = {
  component: 'jsonc',
  version: '0.16',
  sourceDirectory: '/work/jsonc/source',
  workDirectory: '/work/jsonc',
  jobs: { path: '/work/jobs', slots: 2 },
  builder,
  logPath: '/logs/jsonc.log',
};
const directory = { directory: true } as const;
const built = (content: string) => ({ content, owner: builder });

/** A machine whose make "installs" a library. */
function machine(...more: FakeCommand[]): FakeSystem {
  const system = createFakeSystem({
    files: { '/work/jsonc/source/CMakeLists.txt': 'project(json-c)', '/cache/built': directory, '/logs': directory },
    commands: [
      ...more,
      { program: 'cmake' },
      { program: 'make', effect: install },
      { program: 'cc' },
      { program: '/work/jsonc/check/check' },
    ],
  });
  return system;

  async function install(): Promise<void> {
    system.place('/work/jsonc/installed/lib/libjson-c.a', built('library'));
    system.place('/work/jsonc/installed/include/json-c/json.h', built('header'));
  }
}

it('lays the library out as the agent expects it, and nothing of it is the builder’s', async () => {
  const system = machine();
  await buildLibrary(build, '/cache/built/files', stepContext(system));
  expect(system.readText('/cache/built/files/jsonc/libjson-c.a')).toBe('library');
  expect(system.readText('/cache/built/files/jsonc/json-c/json.h')).toBe('header');
  for (const path of ['', '/jsonc', '/jsonc/libjson-c.a']) {
    expect(await system.stat(`/cache/built/files${path}`)).toMatchObject({ userId: 0, groupId: 0 });
  }
});

it('runs all programs of the build as the builder, with a slot of the pool and the log, in directories of the builder', async () => {
  const system = machine();
  await buildLibrary(build, '/cache/built/files', stepContext(system));
  const [, ...given] = system.commandsGiven;
  expect(given.map(({ program, directory: here }) => [program, here])).toEqual([
    ['cmake', '/work/jsonc/build'],
    ['make', '/work/jsonc/build'],
    ['cc', '/work/jsonc/check'],
    ['/work/jsonc/check/check', '/work/jsonc/check'],
  ]);
  for (const command of given) expect(command).toMatchObject({ user: builder, jobs: build.jobs, logPath: '/logs/jsonc.log' });
  for (const name of ['build', 'installed', 'check']) expect(await system.stat(`/work/jsonc/${name}`)).toMatchObject(builder);
});

it('asks make for what is needed only', async () => {
  const system = machine();
  system.place('/work/jsonc/build/lib/libmosquitto_static.a', 'left by an earlier build');
  system.script({
    commands: [
      {
        program: 'make',
        effect: async () => system.place('/work/jsonc/build/lib/libmosquitto_static.a', built('library')),
      },
    ],
  });
  system.place('/work/jsonc/source/include/mosquitto.h', built('header'));
  system.place('/work/jsonc/source/include/Makefile', 'not a header');
  await buildLibrary({ ...build, component: 'mosquitto' }, '/cache/built/files', stepContext(system));
  expect(system.commandsGiven.find(({ program }) => program === 'make')?.arguments).toEqual(['libmosquitto_static']);
  expect(await system.list('/cache/built/files/mosquitto')).toEqual(['libmosquitto.a', 'mosquitto.h']);
  expect(system.readText('/cache/built/files/mosquitto/libmosquitto.a')).toBe('library');
});

describe('protobuf', () => {
  const protobuf = { ...build, component: 'protobuf', version: '3.21.12' };

  it.each([
    ['at the top', '/work/jsonc/source'],
    ['in cmake/', '/work/jsonc/source/cmake'],
  ])('has its CMakeLists.txt %s', async (_, place) => {
    const system = protobufMachine(place);
    await buildLibrary(protobuf, '/cache/built/files', stepContext(system));
    expect(system.commandsGiven[1]?.arguments.at(-1)).toBe(place);
  });

  it('keeps its compiler executable, and of its sources the headers and .proto files', async () => {
    const system = protobufMachine('/work/jsonc/source');
    await buildLibrary(protobuf, '/cache/built/files', stepContext(system));
    expect(await system.stat('/cache/built/files/protobuf/src/protoc')).toMatchObject({ kind: 'file', mode: 0o755 });
    expect(system.readText('/cache/built/files/protobuf/src/.libs/libprotobuf.a')).toBe('library');
    expect(await system.list('/cache/built/files/protobuf/src/google/protobuf')).toEqual([
      ...['any.proto', 'message.h', 'port_def.inc'],
    ]);
  });

  it('compiles a message with its own compiler, and a C++ program with that', async () => {
    const system = protobufMachine('/work/jsonc/source');
    await buildLibrary(protobuf, '/cache/built/files', stepContext(system));
    expect(system.commandsGiven.slice(3).map(({ program, arguments: words }) => [program, words[0], words[1]])).toEqual([
      ['/work/jsonc/outputs/protobuf/src/protoc', '--cpp_out=.', 'check.proto'],
      ['c++', '-o', 'check'],
      ['/work/jsonc/check/check', undefined, undefined],
    ]);
  });

  function protobufMachine(place: string): FakeSystem {
    const system = machine({ program: 'c++' }, { program: '/work/jsonc/outputs/protobuf/src/protoc' });
    system.remove('/work/jsonc/source/CMakeLists.txt');
    system.place(`${place}/CMakeLists.txt`, 'project(protobuf)');
    for (const name of ['any.proto', 'message.h', 'message.cc', 'port_def.inc'])
      system.place(`/work/jsonc/source/src/google/protobuf/${name}`, built(name));
    const made = async () => {
      system.place('/work/jsonc/build/libprotobuf.a', built('library'));
      system.place('/work/jsonc/build/protoc-3.21.12.0', { ...built('compiler'), mode: 0o755 });
      system.place('/work/jsonc/build/protoc', { link: 'protoc-3.21.12.0' });
    };
    system.script({ commands: [{ program: 'make', effect: made }] });
    return system;
  }
});

it('says that cmake is missing before anything is made', async () => {
  const system = machine({ program: 'cmake', arguments: ['--version'], result: { exitCode: 127 } });
  await expect(buildLibrary(build, '/cache/built/files', stepContext(system))).rejects.toMatchObject({
    code: 'BUILD_TOOLS_MISSING',
    what: 'Could not find cmake, which is required to build JSON-C.',
  });
  expect(await system.list('/work/jsonc')).toEqual(['source']);
});

it.each<[string, FakeCommand]>([
  ['cannot be compiled', { program: 'make', result: { exitCode: 2 } }],
  ['cannot be linked', { program: 'cc', result: { exitCode: 1 } }],
  ['does not work', { program: '/work/jsonc/check/check', result: { exitCode: 3 } }],
])('puts nothing at its place when the library %s', async (_, command) => {
  const system = machine(command);
  system.place('/logs/jsonc.log', 'cc json.c\njson.c:7:1: error: expected something\nmake: *** [all] Error 1\n');
  await expect(buildLibrary(build, '/cache/built/files', stepContext(system))).rejects.toMatchObject({
    code: 'BUILD_DEPENDENCY_FAILED',
    why: expect.stringContaining('json.c:7:1: error: expected something'),
    next: 'Often a program or a header is missing: cmake, a compiler. The whole output is in /logs/jsonc.log.',
  });
  expect(system.exists('/cache/built/files')).toBe(false);
});

it('says which file a build did not leave', async () => {
  const system = machine({ program: 'make' });
  await expect(buildLibrary(build, '/cache/built/files', stepContext(system))).rejects.toMatchObject({
    code: 'BUILD_DEPENDENCY_FAILED',
    what: 'Failed to build JSON-C: its build left no lib/libjson-c.a.',
  });
});

it('takes no file that is another user’s', async () => {
  const system = machine();
  const plant = async () => {
    system.place('/work/jsonc/installed/lib/libjson-c.a', built('library'));
    system.place('/work/jsonc/installed/include/json-c/json.h', { content: 'of root', mode: 0o600 });
  };
  system.script({ commands: [{ program: 'make', effect: plant }] });
  await expect(buildLibrary(build, '/cache/built/files', stepContext(system))).rejects.toMatchObject({
    code: 'BUILD_DEPENDENCY_FAILED',
    what: 'Failed to build JSON-C: its build left what is not its own at include/json-c.',
  });
  expect(system.exists('/cache/built/files')).toBe(false);
});

it('copies the outputs where the cache is on another file system', async () => {
  const system = machine();
  const otherDisk = Object.assign(new Error('EXDEV: cross-device link not permitted'), { code: 'EXDEV' });
  const context = stepContext({ ...system, rename: () => Promise.reject(otherDisk) });
  await buildLibrary(build, '/cache/built/files', context);
  expect(system.readText('/cache/built/files/jsonc/libjson-c.a')).toBe('library');
});
