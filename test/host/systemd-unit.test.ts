import { expect, it } from 'vitest';
import { programOfUnit, systemdUnit } from '../../src/host/systemd-unit.ts';

const service = {
  manager: 'systemd',
  name: 'netdata',
  description: 'An agent, 100% ours',
  program: '/opt/my agent/netdata',
  arguments: ['-D', '--price=$5', 'a"b\\c', '50%'],
  environment: { SSL_CERT_FILE: '/etc/my ca.pem', ODD: '$HOME "x" 1%' },
  pidPath: '/run/netdata.pid',
  logPath: '/var/log/netdata.log',
} as const;

it('starts in the foreground, comes back after a failure, and waits for the network', () => {
  const lines = systemdUnit(service).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining(['Type=simple', 'Restart=on-failure', 'After=network-online.target', 'WantedBy=multi-user.target']),
  );
});

it('gives every word to the program as it is', () => {
  expect(systemdUnit(service)).toContain('ExecStart="/opt/my agent/netdata" "-D" "--price=$$5" "a\\"b\\\\c" "50%%"\n');
});

it('gives every variable to the program as it is', () => {
  const unit = systemdUnit(service);
  expect(unit).toContain('Environment="SSL_CERT_FILE=/etc/my ca.pem"\n');
  expect(unit).toContain('Environment="ODD=$HOME \\"x\\" 1%%"\n');
  expect(unit).toContain('Description=An agent, 100%% ours\n');
});

it('does not take away what plugins of an agent need', () => {
  expect(systemdUnit(service)).not.toMatch(
    /NoNewPrivileges|ProtectHome|PrivateTmp|PrivateDevices|RestrictSUIDSGID|SystemCall|LockPersonality/,
  );
});

it.each([
  [systemdUnit({ ...service, program: '/opt/50% "my" $5/netdata' }), '/opt/50% "my" $5/netdata'],
  ['[Service]\nExecStart=/usr/sbin/netdata -D -P /run/x.pid\n', '/usr/sbin/netdata'],
  ['[Service]\nExecStart=-@/usr/sbin/netdata netdata\n', '/usr/sbin/netdata'],
  ['[Service]\nExecStop=/bin/true\n', undefined],
  ['', undefined],
])('tells which program a unit starts: %#', (text, program) => {
  expect(programOfUnit(text)).toBe(program);
});
