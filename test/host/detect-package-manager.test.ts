import { describe, expect, test } from 'vitest';
import { detectPackageManager } from '../../src/host/detect-package-manager.ts';
import { programs } from '../support/debian-machine.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const searchPath = ['/usr/sbin', '/usr/bin'];

describe('the package manager', () => {
  test.each([
    ['debian', ['apt-get', 'dnf', 'zypper'], 'apt'],
    ['rhel', ['dnf', 'yum'], 'dnf'],
    ['rhel', ['yum'], 'yum'],
    ['suse', ['zypper', 'dnf'], 'zypper'],
    ['arch', ['pacman'], 'pacman'],
    ['alpine', ['apk'], 'apk'],
    ['unknown', ['zypper'], 'zypper'],
    ['unknown', ['pkg'], 'pkg'],
    ['unknown', ['brew'], 'brew'],
    ['unknown', [], undefined],
    ['debian', ['dnf'], undefined],
  ] as const)('of the family %s with %j is %s', async (family, names, packageManager) => {
    const system = createFakeSystem({ files: programs('/usr/bin', names) });
    expect(await detectPackageManager(family, searchPath, system)).toBe(packageManager);
  });
});
