import { expect, it } from 'vitest';
import { launcherOptions } from '../../src/cli/launcher.ts';
import { fakeWorld } from '../support/fake-world.ts';

const self = { program: '/opt/node', arguments: ["/srv/it's/kickstart.cjs"] };
const state = '/var/lib/kickstart/opt%2Fx%2Fnetdata';
const oneLine = { commandName: 'bash <(curl -Ss https://get.example/kickstart.sh)' };
const downloaded = { program: '/opt/node', arguments: ['/tmp/kickstart.abc/kickstart/kickstart.cjs'] };
const keptText = [
  '#!/bin/sh',
  '# Written by kickstart, and removed by kickstart uninstall.',
  `[ -x '${state}/program' ] || { echo 'Only root can start this kickstart: start it with sudo.' >&2; exit 3; }`,
  'KICKSTART_COMMAND=kickstart',
  'export KICKSTART_COMMAND',
  `exec '/opt/node' '${state}/program/kickstart.cjs' "$@"`,
  '',
].join('\n');
const notRoot = { owner: { userId: 1000, groupId: 1000 } };
const passwd = { '/etc/passwd': 'ann:x:1000:1000::/home/ann:/bin/sh\n' };

it('starts the very kickstart that runs, under its own name', async () => {
  expect(await launcherOptions(state, fakeWorld({}, { self }))).toEqual({
    launcher: {
      text: [
        '#!/bin/sh',
        '# Written by kickstart, and removed by kickstart uninstall.',
        'KICKSTART_COMMAND=kickstart',
        'export KICKSTART_COMMAND',
        `exec '/opt/node' '/srv/it'\\''s/kickstart.cjs' "$@"`,
        '',
      ].join('\n'),
      when: 'absent',
    },
  });
});

it('has what the one line has downloaded kept with the install, and starts that with the Node that runs now', async () => {
  expect(await launcherOptions(state, fakeWorld({}, { ...oneLine, self: downloaded }))).toEqual({
    launcher: { text: keptText, when: 'absent', kept: { from: '/tmp/kickstart.abc/kickstart', to: `${state}/program` } },
  });
});

it('keeps the one executable, which needs no Node', async () => {
  const executable = { program: '/tmp/kickstart.abc/kickstart-linux-x64', arguments: [] };
  const { launcher } = await launcherOptions(state, fakeWorld({}, { ...oneLine, self: executable }));
  expect(launcher?.kept).toEqual({ from: '/tmp/kickstart.abc', to: `${state}/program` });
  expect(launcher?.text).toContain(`\nexec '${state}/program/kickstart-linux-x64' "$@"\n`);
});

it.each([
  ['renews its own one', keptText.replace('/opt/node', '/usr/bin/node'), 'always'],
  ['leaves that of another install', keptText.replaceAll('opt%2Fx', 'opt%2Fy'), 'absent'],
  ["leaves an administrator's", '#!/bin/sh\n', 'absent'],
])('%s', async (_, there, when) => {
  const files = { '/usr/local/bin/kickstart': there };
  const { launcher } = await launcherOptions(state, fakeWorld({ files }, { ...oneLine, self: downloaded }));
  expect(launcher).toMatchObject({ text: keptText, when });
});

it('is not there for who is not root, and that is said', async () => {
  expect(await launcherOptions(state, fakeWorld({ ...notRoot, files: passwd }, { self }))).toEqual({
    noLauncher: 'kickstart is not put on PATH: only root can.',
  });
});

it.each([
  ['the kickstart', '/srv', { self }],
  ['the Node of the one line', '/opt', { ...oneLine, self: downloaded }],
  ['the state of the install', '/var/lib/kickstart', { ...oneLine, self: downloaded }],
])('is not there where others can change %s, and that is said', async (_, directory, changes) => {
  const files = { ...passwd, [directory]: { directory: true, ...notRoot } } as const;
  expect(await launcherOptions(state, fakeWorld({ files }, changes))).toEqual({
    noLauncher: `kickstart is not put on PATH: others than root could change it. ${directory} belongs to ann.`,
  });
});

it('is not there where others can make the place of what would be kept', async () => {
  const files = { '/tmp': { directory: true, mode: 0o1777 } } as const;
  expect(await launcherOptions('/tmp/state', fakeWorld({ files }, { ...oneLine, self: downloaded }))).toEqual({
    noLauncher: 'kickstart is not put on PATH: others than root could make /tmp/state/program.',
  });
});

it('is not there for an executable that could not run where it would be kept', async () => {
  const files = { '/proc/mounts': 'disk / ext4 rw 0 0\ndisk /var ext4 rw,noexec 0 0\n' };
  const executable = { program: '/tmp/kickstart.abc/kickstart-linux-x64', arguments: [] };
  expect(await launcherOptions(state, fakeWorld({ files }, { ...oneLine, self: executable }))).toEqual({
    noLauncher: `kickstart is not put on PATH: no program can run in ${state}.`,
  });
  expect((await launcherOptions(state, fakeWorld({ files }, { ...oneLine, self: downloaded }))).launcher).toBeDefined();
});
