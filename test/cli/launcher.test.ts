import { expect, it } from 'vitest';
import { launcherText } from '../../src/cli/launcher.ts';
import { fakeWorld } from '../support/fake-world.ts';

const self = { program: '/opt/node', arguments: ["/srv/it's/kickstart.cjs"] };

it('starts the very kickstart that runs, under its own name', async () => {
  expect(await launcherText(fakeWorld({}, { self }))).toBe(
    [
      '#!/bin/sh',
      '# Written by kickstart, and removed by kickstart uninstall.',
      'KICKSTART_COMMAND=kickstart',
      'export KICKSTART_COMMAND',
      `exec '/opt/node' '/srv/it'\\''s/kickstart.cjs' "$@"`,
      '',
    ].join('\n'),
  );
});

it.each([
  ['of what the one line has downloaded', {}, { commandName: 'bash <(curl -Ss https://get.example/kickstart.sh)' }],
  ['for who is not root', { owner: { userId: 1000, groupId: 1000 } }, {}],
  ['of what others can change', { files: { '/srv': { directory: true, owner: { userId: 1000, groupId: 1000 } } } as const }, {}],
])('there is none %s', async (_, machine, changes) => {
  const passwd = { '/etc/passwd': 'ann:x:1000:1000::/home/ann:/bin/sh\n' };
  const files = { ...passwd, ...('files' in machine ? machine.files : {}) };
  expect(await launcherText(fakeWorld({ ...machine, files }, { self, ...changes }))).toBeUndefined();
});
