import { describe, expect, test } from 'vitest';
import { installedPackage } from '../../src/host/installed-package.ts';
import type { PackageManager } from '../../src/host/package-managers.ts';
import { debianMachine, dpkgDatabase } from '../support/debian-machine.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const ask = (packageManager: PackageManager, program: string, stdout: string, exitCode = 0) =>
  installedPackage(packageManager, createFakeSystem({ commands: [{ program, result: { stdout, exitCode } }] }));

describe('an installed package', () => {
  test.each<[PackageManager, string, string, string, string]>([
    ['apt', 'dpkg-query', 'netdata installed 1.44.3\n', 'netdata', '1.44.3'],
    ['apt', 'dpkg-query', 'netdata-core installed 1.37.1-2\n', 'netdata-core', '1.37.1-2'],
    ['apt', 'dpkg-query', 'netdata half-configured 1.44.3\n', 'netdata', '1.44.3'],
    ['dnf', 'rpm', 'netdata 2.8.5-1.fc43\n', 'netdata', '2.8.5-1.fc43'],
    ['yum', 'rpm', 'netdata 1.47.5-1.el7\n', 'netdata', '1.47.5-1.el7'],
    ['zypper', 'rpm', 'netdata 2.2.6-1.1\n', 'netdata', '2.2.6-1.1'],
    ['apk', 'apk', 'netdata-2.5.2-r0\n', 'netdata', '2.5.2-r0'],
    ['apk', 'apk', 'netdata\n', 'netdata', ''],
    ['pacman', 'pacman', 'netdata 2.7.1-1\n', 'netdata', '2.7.1-1'],
    ['pacman', 'pacman', 'netdata-git 2.7.1.r5.gabc-1\n', 'netdata-git', '2.7.1.r5.gabc-1'],
    ['pkg', 'pkg', 'netdata 1.46.3\n', 'netdata', '1.46.3'],
    ['brew', 'brew', 'netdata 2.7.1 2.7.0\n', 'netdata', '2.7.1'],
  ])('is seen by %s in %s: %j', async (packageManager, program, stdout, name, version) => {
    expect(await ask(packageManager, program, stdout)).toEqual({ name, version });
  });

  test('of Debian is the one with the agent in it, not the empty one above it', async () => {
    const stdout = 'netdata installed 1.37.1-2\nnetdata-core installed 1.37.1-2\n';
    expect(await ask('apt', 'dpkg-query', stdout, 1)).toEqual({ name: 'netdata-core', version: '1.37.1-2' });
  });

  test.each<[PackageManager, string, string, number]>([
    ['apt', 'dpkg-query', '', 1],
    ['apt', 'dpkg-query', 'netdata config-files 1.37.1-2\n', 0],
    ['apt', 'dpkg-query', 'netdata not-installed \n', 0],
    ['dnf', 'rpm', 'package netdata is not installed\n', 1],
    ['apk', 'apk', '', 1],
    ['pacman', 'pacman', '', 1],
    ['pkg', 'pkg', '', 1],
    ['brew', 'brew', '', 1],
    ['apt', 'dpkg-query', '', 127],
  ])('is not there when %s says, through %s, %j', async (packageManager, program, stdout, exitCode) => {
    expect(await ask(packageManager, program, stdout, exitCode)).toBeUndefined();
  });

  test.each<[string, string, string, object | undefined]>([
    ['netdata', 'installed', '1.44.3', { name: 'netdata', version: '1.44.3' }],
    ['netdata-core', 'half-configured', '1.37.1-2', { name: 'netdata-core', version: '1.37.1-2' }],
    ['netdata', 'config-files', '1.37.1-2', undefined],
    ['netdata-plugins-bash', 'installed', '1.37.1-2', undefined],
  ])("is read from dpkg's database, without a child process: %s %s %s", async (name, state, version, found) => {
    const system = createFakeSystem(debianMachine({ files: dpkgDatabase(['bash', 'installed', '5.2'], [name, state, version]) }));
    expect(await installedPackage('apt', system)).toEqual(found);
    expect(system.commandsGiven).toEqual([]);
  });

  test('is asked of dpkg-query when dpkg has not written its database yet', async () => {
    const system = createFakeSystem(
      debianMachine({
        files: { '/var/lib/dpkg/updates/0001': 'Package: netdata\n' },
        commands: [{ program: 'dpkg-query', result: { stdout: 'netdata installed 1.44.3\n' } }],
      }),
    );
    expect(await installedPackage('apt', system)).toEqual({ name: 'netdata', version: '1.44.3' });
  });
});
