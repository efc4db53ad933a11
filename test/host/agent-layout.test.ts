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
    netdata: '/opt/netdata/usr/sbin/netdata',
    netdatacli: '/opt/netdata/usr/sbin/netdatacli',
    claimScripts: ['/opt/netdata/usr/sbin/netdata-claim.sh', '/opt/netdata/bin/netdata-claim.sh'],
    configurationDirectory: '/opt/netdata/etc/netdata',
    configurationFile: '/opt/netdata/etc/netdata/netdata.conf',
    privateCaFile: '/opt/netdata/etc/netdata/cloud-ca.pem',
    installTypeFile: '/opt/netdata/etc/netdata/.install-type',
    environmentFile: '/opt/netdata/etc/netdata/.environment',
    libraryDirectory: '/opt/netdata/var/lib/netdata',
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
    libraryDirectory: '/var/lib/netdata',
    runDirectory: '/run/netdata',
  });
});
