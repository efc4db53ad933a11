import { expect, it } from 'vitest';
import { serviceProgram } from '../../src/host/service-program.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const unit = { '/etc/systemd/system/netdata.service': '[Service]\nExecStart=/opt/other/netdata -D\n' };

it('is what the unit starts, if it is here', async () => {
  const machine = createFakeSystem({ files: { ...unit, '/opt/other/netdata': '' } });
  expect(await serviceProgram('systemd', 'netdata', machine)).toBe('/opt/other/netdata');
  expect(await serviceProgram('systemd', 'other', machine)).toBeUndefined();
  expect(await serviceProgram('systemd', 'netdata', createFakeSystem({ files: unit }))).toBeUndefined();
});

it('is nothing without a service manager', async () => {
  expect(await serviceProgram('none', 'netdata', createFakeSystem())).toBeUndefined();
});
