import { describe, expect, test } from 'vitest';
import { canonicalPath, directoryOf, readIfAllowed, statIfAllowed } from '../../src/host/allowed-reads.ts';
import { createFakeSystem } from '../support/fake-system.ts';

describe('a path without links', () => {
  const system = createFakeSystem({
    files: {
      '/usr/sbin/netdata': '',
      '/sbin': { link: 'usr/sbin' },
      '/usr/local/bin/netdata': { link: '../../../opt/netdata/bin/netdata' },
      '/opt': { link: '/srv/opt' },
      '/srv/opt/netdata/bin/netdata': '',
      '/loop': { link: 'loop' },
    },
  });

  test.each([
    ['/usr/sbin/netdata', '/usr/sbin/netdata'],
    ['/sbin/netdata', '/usr/sbin/netdata'],
    ['/usr/local/bin/netdata', '/srv/opt/netdata/bin/netdata'],
    ['/sbin/./../sbin//netdata', '/usr/sbin/netdata'],
    ['/sbin/not/there', '/usr/sbin/not/there'],
    ['/../..', '/'],
    ['/loop/x', '/loop/x'],
  ])('%s is %s', async (path, canonical) => {
    expect(await canonicalPath(path, system)).toBe(canonical);
  });
});

describe('what this user may not see', () => {
  const failing = (code: string) => ({
    ...createFakeSystem(),
    stat: () => Promise.reject(Object.assign(new Error(code), { code })),
    readFile: () => Promise.reject(Object.assign(new Error(code), { code })),
  });

  test.each(['EACCES', 'EPERM', 'ENOTDIR', 'ELOOP'])('with %s is as if it were not there', async (code) => {
    expect(await readIfAllowed('/x', failing(code))).toBeUndefined();
    expect(await statIfAllowed('/x', failing(code))).toBeUndefined();
  });

  test('is not mixed up with a disk that fails', async () => {
    await expect(readIfAllowed('/x', failing('EIO'))).rejects.toThrow('EIO');
    await expect(statIfAllowed('/x', failing('EIO'))).rejects.toThrow('EIO');
  });
});

test.each([
  ['/a/b', '/a'],
  ['/a', ''],
  ['', ''],
])('the directory of %j is %j', (path, directory) => {
  expect(directoryOf(path)).toBe(directory);
});
