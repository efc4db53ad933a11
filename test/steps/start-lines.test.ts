import { expect, it } from 'vitest';
import { restartByHand, startLine } from '../../src/steps/start-lines.ts';
import { createFakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';

const root = '/opt/x/netdata';
const program = `${root}/usr/sbin/netdata`;
const agent = { content: '', mode: 0o755 };
const booted = { '/run/systemd/system': { directory: true } } as const;
const unit = { '/etc/systemd/system/netdata.service': `[Service]\nExecStart="${program}" "-D"\n` };
const ca = { [`${root}/etc/netdata/cloud-ca.pem`]: 'PEM' };

it.each<[string, FakeSystemOptions['files'], string, string]>([
  ['by its service', { ...booted, ...unit, ...ca, [program]: agent }, root, 'systemctl start netdata.service'],
  ['by hand where the service is another agent', { ...booted, [program]: agent, '/usr/sbin/netdata': agent }, root, program],
  [
    'by hand, with the CA that it needs, where there is no systemd',
    { ...unit, ...ca, [program]: agent },
    root,
    `SSL_CERT_FILE=${root}/etc/netdata/cloud-ca.pem ${program}`,
  ],
  [
    'by the service of its package',
    { ...booted, '/lib/systemd/system/netdata.service': '', '/usr/sbin/netdata': agent },
    '',
    'systemctl start netdata.service',
  ],
  [
    'by hand in a container with a package',
    { '/lib/systemd/system/netdata.service': '', '/usr/sbin/netdata': agent },
    '',
    '/usr/sbin/netdata',
  ],
])('an agent is started %s', async (_, files, at, line) => {
  expect(await startLine(at, createFakeSystem({ files: { ...files } }))).toBe(line);
});

it.each([
  ['the CA that its process has', '/etc/ca.pem', '/etc/ca.pem'],
  ['nothing that its user wants root to run', '$(id) /etc/ca.pem', "'$(id) /etc/ca.pem'"],
])('is restarted by hand with %s', async (_, caFile, said) => {
  const environment = { SSL_CERT_FILE: caFile };
  const processes = { 40: { program, arguments: ['-D'], environment } };
  const system = createFakeSystem({ files: { [program]: agent }, processes });
  expect(await restartByHand(root, system)).toBe(
    ` When it was started by hand: kill 40; while kill -0 40 2>/dev/null; do sleep 1; done; SSL_CERT_FILE=${said} ${program}`,
  );
});

it('is restarted through its service where it has one', async () => {
  const system = createFakeSystem({ files: { ...booted, ...unit, [program]: agent } });
  expect(await restartByHand(root, system)).toBe(' Its service: systemctl stop netdata.service; systemctl start netdata.service');
});
