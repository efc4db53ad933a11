import { expect, test } from 'vitest';
import { agentLayout, rootForPrefix } from '../../src/host/agent-layout.ts';

test.each([
  ['/usr/local/', '/usr/local/netdata'],
  ['/opt', '/opt/netdata'],
  ['/srv/a b//', '/srv/a b/netdata'],
  ['/', '/netdata'],
])('--install %s means an agent at %s', (prefix, root) => {
  expect(rootForPrefix(prefix)).toBe(root);
});

test('an agent below a prefix keeps everything there', () => {
  expect(agentLayout('/opt/netdata')).toEqual({
    root: '/opt/netdata',
    programDirectory: '/opt/netdata/usr/sbin',
    netdata: '/opt/netdata/usr/sbin/netdata',
    netdatacli: '/opt/netdata/usr/sbin/netdatacli',
    claimScript: '/opt/netdata/usr/sbin/netdata-claim.sh',
    configurationDirectory: '/opt/netdata/etc/netdata',
    configurationFile: '/opt/netdata/etc/netdata/netdata.conf',
    claimConfigurationFile: '/opt/netdata/etc/netdata/claim.conf',
    installTypeFile: '/opt/netdata/etc/netdata/.install-type',
    environmentFile: '/opt/netdata/etc/netdata/.environment',
    libraryDirectory: '/opt/netdata/var/lib/netdata',
    cloudDirectory: '/opt/netdata/var/lib/netdata/cloud.d',
    cloudConfigurationFile: '/opt/netdata/var/lib/netdata/cloud.d/cloud.conf',
    registryFile: '/opt/netdata/var/lib/netdata/registry/netdata.public.unique.id',
    cacheDirectory: '/opt/netdata/var/cache/netdata',
    logDirectory: '/opt/netdata/var/log/netdata',
    runDirectory: '/opt/netdata/var/run/netdata',
    pidFile: '/opt/netdata/var/run/netdata/netdata.pid',
  });
});

test('an agent of the system is where the seeds say', () => {
  expect(agentLayout('')).toMatchObject({
    netdata: '/usr/sbin/netdata',
    configurationFile: '/etc/netdata/netdata.conf',
    cloudDirectory: '/var/lib/netdata/cloud.d',
    registryFile: '/var/lib/netdata/registry/netdata.public.unique.id',
    runDirectory: '/run/netdata',
  });
});
