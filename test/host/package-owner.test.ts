import { expect, test } from 'vitest';
import type { PackageManager } from '../../src/host/package-managers.ts';
import { packageOwner } from '../../src/host/package-owner.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const path = '/usr/bin/netdata';
const owner = (packageManager: PackageManager, program: string, words: readonly string[], stdout: string, exitCode = 0) =>
  packageOwner(
    packageManager,
    path,
    createFakeSystem({ commands: [{ program, arguments: words, result: { stdout, exitCode } }] }),
  );

const rpmWords = ['--query', '--queryformat=%{NAME} %{VERSION}-%{RELEASE}\\n', '--file', path];

test.each<[PackageManager, string, readonly string[], string, object]>([
  [
    'pacman',
    'pacman',
    ['--query', '--owns', path],
    `${path} is owned by netdata-git 2.7.1.r5-1\n`,
    { name: 'netdata-git', version: '2.7.1.r5-1' },
  ],
  [
    'apt',
    'dpkg-query',
    ['--search', path],
    `diversion by x from: ${path}\nnetdata-x:amd64: ${path}\n`,
    { name: 'netdata-x', version: '' },
  ],
  ['dnf', 'rpm', rpmWords, 'netdata-nightly 2.8.5-1.fc43\n', { name: 'netdata-nightly', version: '2.8.5-1.fc43' }],
  [
    'apk',
    'apk',
    ['info', '--who-owns', path],
    `${path} is owned by netdata-edge-2.5.2-r0\n`,
    { name: 'netdata-edge', version: '2.5.2-r0' },
  ],
  ['pkg', 'pkg', ['which', '--quiet', path], 'netdata-go-1.46.3\n', { name: 'netdata-go', version: '1.46.3' }],
])('%s names the package of a file', async (packageManager, program, words, stdout, found) => {
  expect(await owner(packageManager, program, words, stdout)).toEqual(found);
});

test.each<[PackageManager, string, readonly string[], string]>([
  ['pacman', 'pacman', ['--query', '--owns', path], ''],
  ['apt', 'dpkg-query', ['--search', path], ''],
  ['dnf', 'rpm', rpmWords, `file ${path} is not owned by any package\n`],
])('no package is named where %s knows none', async (packageManager, program, words, stdout) => {
  expect(await owner(packageManager, program, words, stdout, 1)).toBeUndefined();
});

test('Homebrew is not asked', async () => {
  expect(await packageOwner('brew', path, createFakeSystem())).toBeUndefined();
});
