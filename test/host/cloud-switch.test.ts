import { expect, test } from 'vitest';
import { cloudSwitch } from '../../src/host/cloud-switch.ts';

const files = { configurationFile: '/x/etc/netdata/netdata.conf', cloudDirectory: '/x/var/lib/netdata/cloud.d' };

test('each generation has its switch in a file of its own, and the newest has none', () => {
  expect(cloudSwitch({ ...files, generation: 'claim.d', cloudEnabled: true })).toEqual({
    path: '/x/etc/netdata/netdata.conf',
    line: 'netdata cloud = enable',
    isOn: true,
  });
  expect(cloudSwitch({ ...files, generation: 'cloud.d', cloudEnabled: false })).toEqual({
    path: '/x/var/lib/netdata/cloud.d/cloud.conf',
    line: 'enabled = yes',
    isOn: false,
  });
  expect(cloudSwitch({ ...files, generation: 'claim.conf', cloudEnabled: true })).toBeUndefined();
});
