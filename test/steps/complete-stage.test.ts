import { expect, it } from 'vitest';
import { type CompleteStageStep, completeStage } from '../../src/steps/complete-stage.ts';
import { fakeAccounts } from '../support/fake-accounts.ts';
import { createFakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const step: CompleteStageStep = {
  ...{ kind: 'complete-stage', sourceDirectory: '/work/agent', stageDirectory: '/work/stage', root: '/opt/a/netdata' },
  environment: [
    ['NETDATA_PREFIX', '/opt/a/netdata'],
    ['LDFLAGS', 'a "b" $c `d` \\e'],
    ['NETDATA_ADDED_TO_GROUPS', ''],
  ],
  ...{ groupsKey: 'NETDATA_ADDED_TO_GROUPS', groups: ['docker', 'adm', 'netdata'] },
};
const below = '/work/stage/opt/a/netdata';
const updater = '/work/agent/packaging/installer/netdata-updater.sh';
const uninstaller = '/work/agent/packaging/installer/netdata-uninstaller.sh';

function machine(more: Record<string, string | { link: string }> = {}) {
  const { files, commands } = fakeAccounts();
  return createFakeSystem({ files: { ...files, [`${below}/etc/netdata`]: { directory: true }, ...more }, commands });
}

it('writes what the own scripts of the agent read, in quotes that a shell takes off', async () => {
  const system = machine();
  await completeStage.run(step, stepContext(system));
  expect(system.readText(`${below}/etc/netdata/.environment`)).toBe(
    '# Created by installer\nNETDATA_PREFIX="/opt/a/netdata"\nLDFLAGS="a \\"b\\" \\$c \\`d\\` \\\\e"\nNETDATA_ADDED_TO_GROUPS=" adm netdata"\n',
  );
});

it('links to the stock settings, and again after a run that was cut off', async () => {
  const system = machine();
  for (const _ of [1, 2]) await completeStage.run(step, stepContext(system));
  expect(await system.readLink(`${below}/etc/netdata/orig`)).toBe('/opt/a/netdata/usr/lib/netdata/conf.d');
});

it('tells the scripts of the tree where that file is', async () => {
  const system = machine({
    [updater]: 'E="THIS_SHOULD_BE_REPLACED_BY_INSTALLER_SCRIPT"\n',
    [uninstaller]: 'ENVIRONMENT_FILE="/etc/netdata/.environment"\n# /etc/netdata/.environment\n',
  });
  await completeStage.run(step, stepContext(system));
  const directory = `${below}/usr/libexec/netdata`;
  expect(system.readText(`${directory}/netdata-updater.sh`)).toBe('E="/opt/a/netdata/etc/netdata/.environment"\n');
  expect(system.readText(`${directory}/netdata-uninstaller.sh`)).toBe(
    'ENVIRONMENT_FILE="/opt/a/netdata/etc/netdata/.environment"\n# /etc/netdata/.environment\n',
  );
});

it('reads no file that the builder of the tree leads it to', async () => {
  const system = machine({ [updater]: { link: '/etc/shadow' } });
  await expect(completeStage.run(step, stepContext(system))).rejects.toMatchObject({ code: 'ELOOP' });
});

it('takes back what it wrote, and finds nothing where the stage is gone', async () => {
  const system = machine({ [updater]: '' });
  const before = system.tree()[`${below}/etc/netdata`];
  const undo = await completeStage.inspect(step, system);
  await completeStage.run(step, stepContext(system));
  for (const _ of [1, 2]) await completeStage.undo(undo ?? { written: [] }, stepContext(system));
  expect(system.tree()[`${below}/etc/netdata`]).toEqual(before);
  expect(system.exists(`${below}/etc/netdata/orig`)).toBe(false);
  await system.removeTree('/work/stage');
  await completeStage.undo(undo ?? { written: [] }, stepContext(system));
});
