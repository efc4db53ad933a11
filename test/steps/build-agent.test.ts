import { describe, expect, it } from 'vitest';
import { type BuildAgentStep, buildAgent } from '../../src/steps/build-agent.ts';
import { createFakeSystem, type FakeCommand, type FakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const step: BuildAgentStep = {
  kind: 'build-agent',
  sourceDirectory: '/work/agent',
  externalDirectory: '/work/externaldeps',
  stageDirectory: '/work/stage',
  root: '/opt/netdata',
  version: '1.31.0',
  cloud: 'detect',
  systemLibraries: [],
  configuration: [],
  user: 'netdata',
  jobs: { path: '/work/jobs', slots: 3 },
  logPath: '/work/agent.log',
};

function machine(...more: FakeCommand[]): FakeSystem {
  return createFakeSystem({
    files: { '/work/agent/configure': 'a script' },
    commands: [
      ...more,
      { program: './configure' },
      { program: 'make', arguments: [] },
      { program: 'make', arguments: ['install', 'DESTDIR=/work/stage.building'], effect: installed },
    ],
  });
}

async function installed(system: Pick<FakeSystem, 'createDirectory' | 'writeFile'>): Promise<void> {
  await system.createDirectory('/work/stage.building', { mode: 0o755 });
  await system.writeFile('/work/stage.building/netdata', 'program', { mode: 0o755 });
}

it('configures, makes and stages the agent, as built by kickstart', async () => {
  const system = machine();
  await buildAgent.run(step, stepContext(system));
  expect(await system.list('/work/stage')).toContain('netdata');
  expect(system.readText(`/work/stage${step.root}/etc/netdata/.install-type`)).toBe("INSTALL_TYPE='kickstart-build'\n");
  expect(system.commandsGiven[0]).toEqual({
    program: './configure',
    arguments: [
      '--prefix=/opt/netdata/usr',
      '--sysconfdir=/opt/netdata/etc',
      '--localstatedir=/opt/netdata/var',
      '--libexecdir=/opt/netdata/usr/libexec',
      '--libdir=/opt/netdata/usr/lib',
      '--with-zlib',
      '--with-math',
      '--with-user=netdata',
    ],
    directory: '/work/agent',
    jobs: { path: '/work/jobs', slots: 3 },
    logPath: '/work/agent.log',
  });
});

it('builds and installs as the lesser user, into a stage of its own', async () => {
  const system = machine();
  const builder = { userId: 60578, groupId: 60578 };
  await buildAgent.run({ ...step, builder }, stepContext(system));
  expect(system.commandsGiven.map(({ program, user }) => [program, user])).toEqual([
    ['./configure', builder],
    ['make', builder],
    ['make', builder],
  ]);
  expect(await system.stat('/work/stage')).toMatchObject(builder);
});

it.each<[string, Partial<BuildAgentStep>, readonly string[]]>([
  ['what is there', {}, ['--with-bundled-lws']],
  ['that Cloud is required', { cloud: 'require' }, ['--enable-cloud', '--with-bundled-lws']],
  ['that Cloud is disabled', { cloud: 'disable' }, ['--disable-cloud']],
  ["that the system's library is used", { systemLibraries: ['libwebsockets'] }, []],
])('tells configure %s', async (_, more, expected) => {
  const system = machine();
  system.place('/work/externaldeps/libwebsockets/libwebsockets.a', 'library');
  await buildAgent.run({ ...step, ...more }, stepContext(system));
  expect(system.commandsGiven[0]?.arguments.slice(8)).toEqual(expected);
});

it('tells configure last what the user says', async () => {
  const system = machine();
  await buildAgent.run({ ...step, configuration: ['--disable-ebpf', 'CFLAGS=-O2 -pipe'] }, stepContext(system));
  expect(system.commandsGiven[0]?.arguments.slice(8)).toEqual(['--disable-ebpf', 'CFLAGS=-O2 -pipe']);
});

it.each<[string, Partial<BuildAgentStep>, readonly string[]]>([
  ['its own', {}, ['--with-bundled-protobuf']],
  ["the system's", { systemLibraries: ['protobuf', 'jsonc'] }, ['--without-bundled-protobuf']],
])('tells configure to use %s protobuf', async (_, more, expected) => {
  const system = machine();
  system.place('/work/externaldeps/protobuf/src/.libs/libprotobuf.a', 'library');
  await buildAgent.run({ ...step, version: '1.34.1', ...more }, stepContext(system));
  expect(system.commandsGiven[0]?.arguments.slice(8)).toEqual(expected);
});

it("makes the agent's own externaldeps lead to the libraries", async () => {
  const system = machine();
  system.place('/work/agent/externaldeps/README', 'of the source tree');
  system.place('/work/externaldeps/jsonc/libjson-c.a', 'library');
  await buildAgent.run(step, stepContext(system));
  expect(await system.readLink('/work/agent/externaldeps')).toBe('/work/externaldeps');
});

describe('an agent that is built with CMake', () => {
  const system = ['-DENABLE_BUNDLED_JSONC=Off', '-DENABLE_BUNDLED_PROTOBUF=Off'];
  const own = ['-DENABLE_BUNDLED_YAML=Off', '-DFETCHCONTENT_FULLY_DISCONNECTED=On'];

  it.each<[string, BuildAgentStep['cloud'], readonly string[]]>([
    ['1.45.2', 'detect', []],
    ['1.46.0', 'require', ['-DENABLE_ACLK=On', '-DENABLE_CLOUD=On']],
    ['1.47.5', 'disable', ['-DENABLE_ACLK=Off', '-DENABLE_CLOUD=Off']],
    ['2.9.0', 'require', []],
    // It cannot be left out any more.
    ['2.9.0', 'disable', []],
  ])('is told of %s and %s', async (version, cloud, expected) => {
    const machine = cmakeMachine();
    await buildAgent.run({ ...step, version, cloud }, stepContext(machine));
    const start = ['-S', '.', '-B', 'build', '-G', 'Unix Makefiles'];
    const places = ['-DCMAKE_INSTALL_PREFIX=/opt/netdata', '-DNETDATA_USER=netdata'];
    expect(machine.commandsGiven[0]).toMatchObject({
      ...{ program: 'cmake', directory: '/work/agent', arguments: [...start, ...places, ...expected, ...system, ...own] },
    });
  });

  it('is told to take JSON-C from externaldeps where kickstart has built it, and goes below the root of the system', async () => {
    const machine = cmakeMachine();
    machine.place('/work/externaldeps/jsonc/libjson-c.a', 'library');
    await buildAgent.run({ ...step, version: '1.45.0', root: '' }, stepContext(machine));
    expect(machine.commandsGiven[0]?.arguments.slice(6)).toEqual([
      ...['-DCMAKE_INSTALL_PREFIX=/', '-DNETDATA_USER=netdata', '-DENABLE_BUNDLED_JSONC=On', '-DENABLE_BUNDLED_PROTOBUF=Off'],
      ...own,
    ]);
  });

  it('is built by ninja where that is here, with as many jobs as there are slots', async () => {
    const machine = createFakeSystem({
      files: { '/work/agent/CMakeLists.txt': '' },
      commands: [
        { program: 'cmake', arguments: (words) => words.includes('--install'), effect: installed },
        { program: 'cmake', arguments: () => true },
      ],
    });
    await buildAgent.run({ ...step, version: '2.10.4', ninja: true, configuration: ['-DENABLE_ML=Off'] }, stepContext(machine));
    const [configure, ...others] = machine.commandsGiven;
    expect(configure?.arguments.slice(0, 6)).toEqual(['-S', '.', '-B', 'build', '-G', 'Ninja']);
    expect(configure?.arguments.at(-1)).toBe('-DENABLE_ML=Off');
    expect(others).toMatchObject([
      { program: 'cmake', arguments: ['--build', 'build', '--parallel', '3'] },
      { program: 'cmake', arguments: ['--install', 'build'], environment: { DESTDIR: '/work/stage.building' } },
    ]);
    expect(await machine.list('/work/stage')).toContain('netdata');
  });

  it('names Cloud as the reason when its configuring says so', async () => {
    const refusing = { program: 'cmake', result: { exitCode: 1, stderr: 'CMake Error: ACLK needs protobuf' } };
    const system = createFakeSystem({ files: { '/work/agent/CMakeLists.txt': '' }, commands: [refusing] });
    await expect(buildAgent.run({ ...step, version: '1.46.0', cloud: 'require' }, stepContext(system))).rejects.toMatchObject({
      code: 'BUILD_CLOUD_REQUIRED',
    });
  });

  function cmakeMachine(): FakeSystem {
    return createFakeSystem({
      files: { '/work/agent/CMakeLists.txt': '' },
      commands: [
        { program: 'cmake' },
        { program: 'make', arguments: ['-C', 'build'] },
        { program: 'make', arguments: ['-C', 'build', 'install', 'DESTDIR=/work/stage.building'], effect: installed },
      ],
    });
  }
});

it('installs into the system itself', async () => {
  const system = machine();
  await buildAgent.run({ ...step, root: '' }, stepContext(system));
  expect(system.commandsGiven[0]?.arguments.slice(0, 2)).toEqual(['--prefix=/usr', '--sysconfdir=/etc']);
});

it('has nothing to do when the stage is there, and takes it away, twice if need be', async () => {
  const system = machine();
  const undo = await buildAgent.inspect(step, system);
  await buildAgent.run(step, stepContext(system));
  expect(await buildAgent.inspect(step, system)).toBeUndefined();
  for (const _ of [1, 2]) {
    if (undo) await buildAgent.undo(undo, stepContext(system));
    expect(await system.list('/work')).toEqual(['agent']);
  }
});

it('has no stage when the install stops half way', async () => {
  const failing = { program: 'make', arguments: ['install', 'DESTDIR=/work/stage.building'], result: { exitCode: 2 } };
  const system = machine(failing);
  await expect(buildAgent.run(step, stepContext(system))).rejects.toMatchObject({ code: 'BUILD_AGENT_FAILED' });
  expect(system.exists('/work/stage')).toBe(false);
});

it('says what the compiler said, and where the rest is', async () => {
  const system = machine({ program: 'make', arguments: [], result: { exitCode: 2, stderr: 'main.c:1: error: no\nmore' } });
  system.place('/work/agent.log', 'cc main.c\nmain.c:1:1: error: expected something\nmore\n');
  await expect(buildAgent.run(step, stepContext(system))).rejects.toMatchObject({
    code: 'BUILD_AGENT_FAILED',
    why: 'main.c:1:1: error: expected something',
    next: expect.stringContaining('The whole output is in /work/agent.log.'),
  });
});

it.each<[string, BuildAgentStep['cloud'], string, string]>([
  [
    'Cloud is required and configure refuses',
    'require',
    "configure: error: ACLK can't be built but --enable-cloud was requested",
    'BUILD_CLOUD_REQUIRED',
  ],
  ['Cloud is required and something else is missing', 'require', 'configure: error: uuid.h not found', 'BUILD_AGENT_FAILED'],
  ['Cloud is not required', 'detect', 'configure: error: cloud', 'BUILD_AGENT_FAILED'],
])('names the reason when %s', async (_, cloud, stderr, code) => {
  const system = machine({ program: './configure', result: { exitCode: 1, stderr } });
  await expect(buildAgent.run({ ...step, cloud }, stepContext(system))).rejects.toMatchObject({ code });
});
