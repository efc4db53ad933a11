import { expect, it } from 'vitest';
import { type InstallPackagesStep, installPackages } from '../../src/steps/install-packages.ts';
import { createFakeSystem, type FakeCommand } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const step: InstallPackagesStep = { kind: 'install-packages', manager: 'apt', packages: ['make', 'cmake'] };
const brought = { manager: 'apt', requested: ['cmake', 'gcc'], before: ['libc6'], configurationBefore: [] } as const;

function apt(word: string, row: Omit<FakeCommand, 'program' | 'arguments'>): FakeCommand {
  return { program: 'apt-get', arguments: (words) => words.includes(word), ...row };
}

function installed(lines: string): FakeCommand {
  return { program: 'dpkg-query', result: { stdout: lines } };
}

it('counts what is there in part as there before, and what is only configuration as gone', async () => {
  const system = createFakeSystem({
    commands: [
      installed('installed libc6\nhalf-configured make\nconfig-files cmake\nnot-installed gcc\ntriggers-pending man-db\n'),
    ],
  });
  expect(await installPackages.inspect(step, system)).toEqual({
    manager: 'apt',
    requested: ['make', 'cmake'],
    before: ['libc6', 'make', 'man-db'],
    configurationBefore: ['cmake'],
  });
});

it('has nothing to do when all of them are installed', async () => {
  const system = createFakeSystem({ commands: [installed('installed make\ntriggers-pending cmake\n')] });
  expect(await installPackages.inspect(step, system)).toBeUndefined();
});

it.each([
  ['fails', { exitCode: 2 }],
  ['says nothing', { stdout: '' }],
])('does not believe that nothing is installed when dpkg-query %s', async (_, result) => {
  const system = createFakeSystem({ commands: [{ program: 'dpkg-query', result }, { program: 'dpkg' }] });
  await expect(installPackages.inspect(step, system)).rejects.toMatchObject({ code: 'PACKAGE_INSTALL_FAILED' });
  await expect(installPackages.undo(brought, stepContext(system))).rejects.toMatchObject({ code: 'PACKAGE_INSTALL_FAILED' });
});

it('names only what is missing, removes nothing, asks nothing and waits for the lock', async () => {
  const system = createFakeSystem({ commands: [installed('installed make\n'), apt('install', {})] });
  await installPackages.run(step, stepContext(system));
  const command = system.commandsGiven.at(-1);
  expect(command?.arguments.slice(-2)).toEqual(['install', 'cmake']);
  expect(command?.arguments).toEqual(expect.arrayContaining(['--no-remove', '--yes', 'DPkg::Lock::Timeout=120']));
  expect(command?.environment).toEqual({ DEBIAN_FRONTEND: 'noninteractive' });
});

it('fetches the lists once when it cannot install without, and then says what apt says', async () => {
  const failure = { exitCode: 100, stderr: 'E: Unable to locate package cmake' };
  const system = createFakeSystem({
    commands: [installed('installed make\n'), apt('install', { result: failure }), apt('update', {})],
  });
  await expect(installPackages.run(step, stepContext(system))).rejects.toMatchObject({
    code: 'PACKAGE_INSTALL_FAILED',
    what: 'apt could not install cmake.',
    why: 'E: Unable to locate package cmake',
    next: expect.stringContaining('apt-get install -y cmake'),
  });
  expect(system.calls.filter((call) => call.startsWith('run ')).map((call) => /install cmake|update/.exec(call)?.[0])).toEqual([
    'install cmake',
    'update',
    'install cmake',
  ]);
});

it('says in the receipt what will come before it comes, and again with the newest lists', async () => {
  const simulations = [
    { exitCode: 100 },
    { stdout: 'Inst libidn2-0 (2.3.8-2 Debian:13 [amd64])\nInst cmake (3.31)\nConf cmake (3.31)\n' },
  ];
  const system = createFakeSystem({
    commands: [
      installed('installed make\n'),
      apt('--simulate', { result: () => simulations.shift() ?? {} }),
      apt('install', { result: () => ({ exitCode: simulations.length === 1 ? 100 : 0 }) }),
      apt('update', {}),
    ],
  });
  const told: unknown[] = [];
  const addToUndo = async (more: object) => {
    told.push([more, system.calls.filter((call) => /^run .*install cmake$/.test(call)).length]);
  };
  await installPackages.run(step, { ...stepContext(system), addToUndo });
  expect(told).toEqual([[{ arrivals: ['libidn2-0', 'cmake'] }, 1]]);
});

it('does not try again when the user stops the run', async () => {
  const stop = new AbortController();
  const system = createFakeSystem({
    commands: [installed('installed make\n'), apt('install', { effect: async () => stop.abort() })],
  });
  await expect(installPackages.run(step, { ...stepContext(system), signal: stop.signal })).rejects.toThrow('aborted');
});

it('leaves a package whose removal would take along one that came later', async () => {
  const system = createFakeSystem({
    commands: [
      installed('installed libc6\ninstalled cmake\ninstalled gcc\ninstalled later\n'),
      { program: 'dpkg' },
      apt('autoremove', {}),
      {
        program: 'apt-get',
        arguments: (words) => words.includes('--simulate'),
        result: (_, { arguments: words }) => ({
          stdout: `${words.includes('cmake') ? 'Remv later [1]\nRemv cmake [1]\n' : ''}${words.includes('gcc') ? 'Remv gcc [1]\n' : ''}`,
        }),
      },
      apt('purge', {}),
    ],
  });
  const context = stepContext(system);
  await installPackages.undo(brought, context);
  expect(system.calls.filter((call) => /purge|--yes/.test(call)).map((call) => call.replace(/^.* purge/, 'purge'))).toEqual([
    'purge gcc',
  ]);
  // This apt does not really remove, so gcc is still there when the undo looks again.
  expect(context.said).toEqual(['Left installed, because packages that came later need them: cmake, gcc']);
});

it('never removes a dependency that was there before, in any architecture', async () => {
  const system = createFakeSystem({
    commands: [
      installed('installed libc6\n'),
      { program: 'dpkg' },
      apt('autoremove', { result: { stdout: 'Remv libc6 [1]\nRemv libc6:i386 [1]\n' } }),
    ],
  });
  await installPackages.undo(brought, stepContext(system));
  expect(system.calls.filter((call) => /^run apt/.test(call))).toEqual([]);
});

const vendor = 'half-configured vendor-agent\n';
const warning =
  'The package manager reports an error for packages that kickstart does not need: vendor-agent (half-configured). Repair them with: dpkg --configure --pending.';

it('goes on when a package of somebody else is broken and the wanted ones are whole, and fetches no lists for it', async () => {
  let states = `installed make\n${vendor}`;
  const arrives = () => {
    states += 'installed cmake\n';
    return { exitCode: 100, stderr: 'E: Sub-process /usr/bin/dpkg returned an error code (1)' };
  };
  const system = createFakeSystem({
    commands: [
      { program: 'dpkg-query', result: () => ({ stdout: states }) },
      apt('--simulate', {}),
      apt('install', { result: arrives }),
    ],
  });
  const context = stepContext(system);
  await installPackages.run(step, context);
  expect(context.warned).toEqual([warning]);
});

it('names who is broken when a wanted package did not come', async () => {
  const failure = { exitCode: 100, stderr: 'E: Sub-process /usr/bin/dpkg returned an error code (1)' };
  const system = createFakeSystem({
    commands: [installed(`installed make\n${vendor}`), apt('install', { result: failure }), apt('update', {})],
  });
  await expect(installPackages.run(step, stepContext(system))).rejects.toMatchObject({
    code: 'PACKAGE_INSTALL_FAILED',
    why: 'E: Sub-process /usr/bin/dpkg returned an error code (1) Packages that are not set up: vendor-agent.',
  });
});

it.each([
  ['all are gone', 'not-installed cmake\n', []],
  ['one left its configuration', 'config-files cmake\n', ['run dpkg --purge cmake']],
])('takes packages back when apt ends with an error for somebody else: %s', async (_, after, alone) => {
  let states = `installed libc6\ninstalled cmake\n${vendor}`;
  const system = createFakeSystem({
    commands: [
      { program: 'dpkg-query', result: () => ({ stdout: states }) },
      apt('purge', {
        result: () => {
          states = `installed libc6\n${after}${vendor}`;
          return { exitCode: 100 };
        },
      }),
      apt('autoremove', {}),
      apt('--simulate', {
        result: (_system, { arguments: words }) => ({ stdout: words.includes('cmake') ? 'Purg cmake [1]\n' : '' }),
      }),
      {
        program: 'dpkg',
        arguments: (words) => words.includes('--purge'),
        effect: async () => {
          states = `installed libc6\n${vendor}`;
        },
      },
    ],
  });
  const context = stepContext(system);
  await installPackages.undo(
    { ...brought, before: ['libc6', 'vendor-agent'], requested: ['cmake'], arrivals: ['cmake'] },
    context,
  );
  expect(context.warned).toEqual([warning]);
  expect(system.calls.filter((call) => call.startsWith('run dpkg'))).toEqual(alone);
});

it('asks people to install where it does not drive the package manager', async () => {
  const dnf: InstallPackagesStep = { ...step, manager: 'dnf' };
  await expect(installPackages.inspect(dnf, createFakeSystem())).rejects.toMatchObject({
    code: 'PACKAGE_INSTALL_FAILED',
    next: 'Run as root: dnf install -y make cmake; then run kickstart again.',
  });
});
