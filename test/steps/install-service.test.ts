import { expect, it } from 'vitest';
import type { ServiceDescription } from '../../src/host/service-managers.ts';
import { installService } from '../../src/steps/install-service.ts';
import { createFakeSystem, type FakeCommand, type FakeSystemOptions } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const service: ServiceDescription = {
  manager: 'systemd',
  name: 'netdata',
  description: 'An agent',
  program: '/opt/netdata',
  arguments: ['-D'],
  environment: {},
  pidPath: '/run/netdata.pid',
  logPath: '/run/netdata.log',
};
const step = { kind: 'install-service', service } as const;
const path = '/etc/systemd/system/netdata.service';
const wanted = '/etc/systemd/system/multi-user.target.wants/netdata.service';

function machine(files: FakeSystemOptions['files'] = {}) {
  const systemctl = (words: readonly string[], row: Omit<FakeCommand, 'program'>): FakeCommand => ({
    program: 'systemctl',
    arguments: words,
    ...row,
  });
  return createFakeSystem({
    files: { '/etc/systemd/system/multi-user.target.wants': { directory: true }, ...files },
    commands: [
      systemctl(['daemon-reload'], {}),
      systemctl(['is-enabled', '--quiet', 'netdata.service'], {
        result: (system) => ({ exitCode: system.exists(wanted) ? 0 : 1 }),
      }),
      systemctl(['enable', 'netdata.service'], {
        effect: async (system) => (await system.stat(wanted)) ?? system.createLink(wanted, path),
      }),
      systemctl(['disable', 'netdata.service'], {
        result: (system) => ({ exitCode: system.exists(path) ? 0 : 1 }),
        effect: (system) => system.removeFile(wanted),
      }),
    ],
  });
}

it('makes the service start with the machine, and forgets it again', async () => {
  const system = machine();
  const before = system.tree();
  const undo = await installService.inspect(step, system);
  expect(undo).toEqual({ manager: 'systemd', name: 'netdata', definition: { path }, wasEnabled: false });
  await installService.run(step, stepContext(system));
  expect(Object.keys(system.tree())).toEqual(expect.arrayContaining([path, wanted]));
  expect(await installService.inspect(step, system)).toBeUndefined();
  for (const _ of [1, 2]) await installService.undo(undo ?? { manager: 'none', name: '', wasEnabled: true }, stepContext(system));
  expect(system.tree()).toEqual(before);
});

it('brings back a definition that was there before, and leaves it enabled', async () => {
  const system = machine({ [path]: 'of the user', [wanted]: { link: path } });
  const before = system.tree();
  const undo = await installService.inspect(step, system);
  await installService.run(step, stepContext(system));
  expect(system.readText(path)).toContain('ExecStart="/opt/netdata" "-D"');
  await installService.undo(undo ?? { manager: 'none', name: '', wasEnabled: true }, stepContext(system));
  expect(system.tree()).toEqual(before);
});

it('enables a service whose definition is there, and only disables it again', async () => {
  const system = machine();
  await installService.run(step, stepContext(system));
  await system.removeFile(wanted);
  const before = system.tree();
  const undo = await installService.inspect(step, system);
  expect(undo).toEqual({ manager: 'systemd', name: 'netdata', wasEnabled: false });
  await installService.run(step, stepContext(system));
  await installService.undo(undo ?? { manager: 'none', name: '', wasEnabled: true }, stepContext(system));
  expect(system.tree()).toEqual(before);
});

it('does not take over the service of another agent that is here', async () => {
  const other = 'ExecStart="/opt/other/netdata" "-D"\n';
  const system = machine({ [path]: other, '/opt/other/netdata': '' });
  await expect(installService.inspect(step, system)).rejects.toMatchObject({
    code: 'EXISTING_SERVICE',
    what: 'The service netdata of this machine is another agent: it starts /opt/other/netdata.',
  });
  expect(await installService.inspect(step, machine({ [path]: other }))).toBeDefined();
});

it('has nothing to do without a service manager', async () => {
  expect(await installService.inspect({ ...step, service: { ...service, manager: 'none' } }, createFakeSystem())).toBeUndefined();
});
