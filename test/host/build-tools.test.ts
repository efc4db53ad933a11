import { describe, expect, test } from 'vitest';
import { missingBuildTools, packagesFor } from '../../src/host/build-tools.ts';
import { debianMachine, programs } from '../support/debian-machine.ts';
import { createFakeSystem, type FakeCommand } from '../support/fake-system.ts';

const allTools = ['c-compiler', 'c-headers', 'c++-compiler', 'make', 'cmake', 'pkg-config', 'openssl-headers'] as const;
const openSslProbe: FakeCommand = {
  program: '/usr/bin/cc',
  arguments: ['-fsyntax-only', '-x', 'c', '-include', 'openssl/ssl.h', '/dev/null'],
};

describe('build tools', () => {
  test('are all there on a machine that has them, and nothing is run to know it', async () => {
    const system = createFakeSystem(debianMachine());
    expect(await missingBuildTools(system)).toEqual([]);
    expect(system.commandsGiven).toEqual([]);
  });

  test('are all missing on a bare machine', async () => {
    expect(await missingBuildTools(createFakeSystem())).toEqual(allTools);
  });

  test('can be named otherwise: clang, gmake and pkgconf will do', async () => {
    const system = createFakeSystem({
      files: {
        ...programs('/usr/bin', ['clang', 'clang++', 'gmake', 'cmake', 'pkgconf']),
        '/usr/include/stdio.h': '',
        '/usr/local/include/openssl/ssl.h': '',
      },
    });
    expect(await missingBuildTools(system)).toEqual([]);
  });

  test('can be anywhere on the search path', async () => {
    const system = createFakeSystem(debianMachine({ files: programs('/nix/bin', ['cmake']) }));
    system.remove('/usr/bin/cmake');
    expect(await missingBuildTools(system)).toEqual(['cmake']);
    expect(await missingBuildTools(system, ['/usr/bin', '/nix/bin'])).toEqual([]);
  });

  test('lack the OpenSSL headers when the compiler does not find them either', async () => {
    const system = createFakeSystem(debianMachine({ commands: [{ ...openSslProbe, result: { exitCode: 1 } }] }));
    system.remove('/usr/include/openssl');
    expect(await missingBuildTools(system)).toEqual(['openssl-headers']);
  });

  test('have OpenSSL headers where only the compiler knows', async () => {
    const system = createFakeSystem(debianMachine({ commands: [openSslProbe] }));
    system.remove('/usr/include/openssl');
    expect(await missingBuildTools(system)).toEqual([]);
  });
});

describe('the packages that bring all tools', () => {
  test.each([
    ['apt', ['gcc', 'libc6-dev', 'g++', 'make', 'cmake', 'pkg-config', 'libssl-dev']],
    ['dnf', ['gcc', 'glibc-devel', 'gcc-c++', 'make', 'cmake', 'pkgconfig', 'openssl-devel']],
    ['yum', ['gcc', 'glibc-devel', 'gcc-c++', 'make', 'cmake', 'pkgconfig', 'openssl-devel']],
    ['zypper', ['gcc', 'glibc-devel', 'gcc-c++', 'make', 'cmake', 'pkg-config', 'libopenssl-devel']],
    ['apk', ['gcc', 'musl-dev', 'g++', 'make', 'cmake', 'pkgconf', 'openssl-dev']],
    ['pacman', ['gcc', 'glibc', 'make', 'cmake', 'pkgconf', 'openssl']],
    ['pkg', ['gcc', 'gmake', 'cmake', 'pkgconf', 'openssl']],
    ['brew', ['gcc', 'make', 'cmake', 'pkg-config', 'openssl']],
  ] as const)('with %s', (packageManager, packages) => {
    expect(packagesFor(allTools, packageManager)).toEqual(packages);
  });

  test('are none when nothing is missing', () => {
    expect(packagesFor([], 'apt')).toEqual([]);
  });
});
