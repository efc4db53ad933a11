import { expect, it } from 'vitest';
import { type BuildAgentStep, buildAgent } from '../../src/steps/build-agent.ts';
import { createFakeSystem, type FakeCommand, type FakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const step: BuildAgentStep = {
  kind: 'build-agent',
  sourceDirectory: '/work/agent',
  stageDirectory: '/work/stage',
  root: '/opt/netdata',
  cloud: 'detect',
  user: 'netdata',
  jobs: 3,
  logPath: '/work/agent.log',
};

function machine(...more: FakeCommand[]): FakeSystem {
  return createFakeSystem({
    files: { '/work/agent/configure': 'a script' },
    commands: [
      ...more,
      { program: './configure' },
      { program: 'make', arguments: ['-j3'] },
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
    logPath: '/work/agent.log',
  });
});

it.each<[BuildAgentStep['cloud'], readonly string[]]>([
  ['detect', ['--with-bundled-lws']],
  ['require', ['--enable-cloud', '--with-bundled-lws']],
  ['disable', ['--disable-cloud']],
])('tells configure about Cloud and the libraries that are there: %s', async (cloud, expected) => {
  const system = machine();
  system.place('/work/agent/externaldeps/libwebsockets/libwebsockets.a', 'library');
  await buildAgent.run({ ...step, cloud }, stepContext(system));
  expect(system.commandsGiven[0]?.arguments.slice(8)).toEqual(expected);
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
  const system = machine({ program: 'make', arguments: ['-j3'], result: { exitCode: 2, stderr: 'main.c:1: error: no\nmore' } });
  system.place('/work/agent.log', 'cc main.c\nmain.c:1:1: error: expected something\nmore\n');
  await expect(buildAgent.run(step, stepContext(system))).rejects.toMatchObject({
    code: 'BUILD_AGENT_FAILED',
    why: 'main.c:1:1: error: expected something',
    next: expect.stringContaining('/work/agent.log, which stays only with --keep-on-failure'),
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
