import { describe, expect, test } from 'vitest';
import { readPrefix } from '../../src/host/prefix.ts';
import { debianMachine } from '../support/debian-machine.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const ada = { userId: 1000, groupId: 1000 };

describe('the prefix', () => {
  test.each([
    [
      'that exists',
      '/srv/netdata',
      { '/srv/netdata': { directory: true } },
      { prefixNearest: '/srv/netdata', prefixWritable: true },
    ],
    ['that does not exist', '/srv/a/netdata', { '/srv': { directory: true } }, { prefixNearest: '/srv', prefixWritable: true }],
    ['below nothing', '/a/b/netdata', {}, { prefixNearest: '/', prefixWritable: true }],
    ['at a file', '/srv/file/netdata', { '/srv/file': 'text' }, { prefixNearest: '/srv/file', prefixWritable: false }],
    [
      'at a link to a directory',
      '/srv/link/netdata',
      { '/data': { directory: true }, '/srv/link': { link: '/data' } },
      { prefixNearest: '/srv/link', prefixWritable: true },
    ],
    [
      'at a link to nothing',
      '/srv/link/netdata',
      { '/srv/link': { link: '/nowhere' } },
      { prefixNearest: '/srv/link', prefixWritable: false },
    ],
    ['of the system', '', {}, { prefixNearest: '/usr', prefixWritable: true }],
  ] as const)('%s', async (_, root, files, expected) => {
    expect(await readPrefix(root, createFakeSystem(debianMachine({ files })))).toEqual(expected);
  });

  test('in a file system that shows the kernel is not writable, though root may write there', async () => {
    const mounts = 'overlay / overlay rw 0 0\nproc /proc proc rw 0 0\ntmpfs /sys/fs tmpfs rw 0 0\n';
    const files = { '/proc/mounts': mounts, '/proc/1': { directory: true }, '/sys/fs': { directory: true } } as const;
    const system = createFakeSystem(debianMachine({ files }));
    expect(await readPrefix('/proc/nowhere', system)).toEqual({ prefixNearest: '/proc', prefixWritable: false });
    expect(await readPrefix('/sys/fs/netdata', system)).toMatchObject({ prefixWritable: true });
  });

  test('on a file system that cannot be written is not writable, for root either', async () => {
    const system = createFakeSystem(debianMachine({ files: { '/srv': { directory: true } }, readOnly: ['/srv'] }));
    expect(await readPrefix('/srv/netdata', system)).toEqual({ prefixNearest: '/srv', prefixWritable: false });
  });

  test('of the system is not writable where /usr is locked', async () => {
    const system = createFakeSystem(debianMachine({ readOnly: ['/usr'] }));
    expect(await readPrefix('', system)).toEqual({ prefixNearest: '/usr', prefixWritable: false });
  });

  test('is writable for its owner and not for others', async () => {
    const files = { '/home/ada': { directory: true, owner: ada }, '/home/eve': { directory: true } } as const;
    const system = createFakeSystem(debianMachine({ files, owner: ada }));
    expect((await readPrefix('/home/ada/netdata', system)).prefixWritable).toBe(true);
    expect((await readPrefix('/home/eve/netdata', system)).prefixWritable).toBe(false);
  });
});
