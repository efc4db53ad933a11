import { expect, test } from 'vitest';
import { mountOf } from '../../src/host/mounts.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const mounts = [
  'overlay / overlay rw,relatime 0 0',
  'tmpfs /var/cache tmpfs rw 0 0',
  'tmpfs /var/cache tmpfs rw,noexec,mode=755 0 0',
  'ext4 /mnt/a\\040disk ext4 rw 0 0',
].join('\n');
const system = createFakeSystem({ files: { '/proc/mounts': mounts } });

test.each([
  ['/', '/', 'overlay', false],
  ['/var/cachedir', '/', 'overlay', false],
  ['/var/cache', '/var/cache', 'tmpfs', true],
  ['/var/cache/kickstart/work', '/var/cache', 'tmpfs', true],
  ['/mnt/a disk/x', '/mnt/a disk', 'ext4', false],
])('%s is in the file system that is mounted at %s, the last one there', async (path, point, type, isNoexec) => {
  const mount = await mountOf(path, system);
  expect(mount).toMatchObject({ point, type });
  expect(mount?.options.includes('noexec')).toBe(isNoexec);
});

test('without /proc nothing is known', async () => {
  expect(await mountOf('/', createFakeSystem({ files: {} }))).toBeUndefined();
});
