import { expect, test } from 'vitest';
import { unusablePlaces } from '../../src/host/own-places.ts';
import type { FakeEntry } from '../support/fake-files.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const mounts = 'overlay / overlay rw 0 0\nproc /proc proc rw 0 0\ntmpfs /quiet tmpfs rw,noexec 0 0\n';
const agents = { userId: 201, groupId: 201 };
const files: Record<string, FakeEntry> = {
  '/proc/mounts': mounts,
  '/quiet': { directory: true },
  '/file': 'x',
  '/dangling': { link: '/nowhere' },
  '/var/lib': { directory: true },
  '/agents': { directory: true, owner: agents },
  '/tmp': { directory: true, mode: 0o1777 },
  '/open': { directory: true, mode: 0o777 },
};
const system = createFakeSystem({ files });

test('directories that are there, or can be made, are no trouble', async () => {
  const places = { state: '/var/lib/kickstart/x', cache: '/quiet/kickstart', work: '/tmp/mine/work', agent: '/opt/x/netdata' };
  expect(await unusablePlaces(places, system)).toEqual([]);
});

test.each([
  ['work', '/quiet/kickstart/work', 'Programs cannot run there: /quiet is mounted with noexec.'],
  ['agent', '/quiet/netdata', 'Programs cannot run there: /quiet is mounted with noexec.'],
  ['state', '/file/kickstart', '/file is not a directory.'],
  ['cache', '/dangling/kickstart', '/dangling is a link that leads nowhere, or cannot be looked at.'],
  ['state', '/proc/kickstart', '/proc is in a file system that shows the kernel, and keeps no files.'],
  [
    'work',
    '/agents/kickstart/work',
    'Others could change what root builds there. /agents belongs to the user with the number 201.',
  ],
  ['work', '/open/work', 'Others could change what root builds there. Everybody can write /open.'],
] as const)('as %s %s cannot be used', async (purpose, path, why) => {
  expect(await unusablePlaces({ [purpose]: path }, system)).toEqual([{ purpose, path, why }]);
});

test('another user than root keeps nothing where only root can write', async () => {
  const ann = createFakeSystem({ files, owner: { userId: 1000, groupId: 1000 } });
  expect(await unusablePlaces({ state: '/var/lib/kickstart' }, ann)).toEqual([
    { purpose: 'state', path: '/var/lib/kickstart', why: '/var/lib cannot be written.' },
  ]);
});
