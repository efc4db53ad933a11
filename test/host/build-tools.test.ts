import { describe, expect, test } from 'vitest';
import { missingBuildTools, packagesFor } from '../../src/host/build-tools.ts';
import { debianMachine, programs } from '../support/debian-machine.ts';
import { createFakeSystem, type FakeCommand } from '../support/fake-system.ts';

const compilers = ['c-compiler', 'c-headers', 'c++-compiler', 'make', 'cmake', 'pkg-config'] as const;
const libraries = ['openssl-headers', 'zlib', 'libuuid', 'libuv', 'lz4', 'judy', 'libyaml', 'json-c', 'protobuf'] as const;
const allTools = [...compilers, 'flex', 'bison', ...libraries, 'libcurl', 'zstd', 'brotli', 'pcre2', 'libsystemd'] as const;
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
      commands: [
        { program: '/usr/bin/pkgconf', result: { exitCode: 1 } },
        { program: '/usr/bin/clang', result: { exitCode: 1 } },
      ],
    });
    const missing = await missingBuildTools(system);
    expect(missing.filter((tool) => compilers.some((compiler) => compiler === tool))).toEqual([]);
    expect(missing).not.toContain('openssl-headers');
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

  test('have a library where only pkg-config knows', async () => {
    const known = { program: '/usr/bin/pkg-config', arguments: ['--exists', 'libcurl'] };
    const system = createFakeSystem(debianMachine({ commands: [known] }));
    system.remove('/usr/include/curl');
    expect(await missingBuildTools(system)).toEqual([]);
    expect(system.commandsGiven.map(({ arguments: words }) => words)).toEqual([['--exists', 'libcurl']]);
  });

  test('have no protobuf without its compiler, which makes the code of the agent', async () => {
    const system = createFakeSystem(debianMachine());
    system.remove('/usr/bin/protoc');
    expect(await missingBuildTools(system)).toEqual(['protobuf']);
  });

  test('have OpenSSL headers where only the compiler knows', async () => {
    const system = createFakeSystem(debianMachine({ commands: [openSslProbe] }));
    system.remove('/usr/include/openssl');
    expect(await missingBuildTools(system)).toEqual([]);
  });
});

describe('the packages that bring all tools', () => {
  test.each([
    ['apt', ['gcc', 'libc6-dev', 'g++', 'make', 'cmake', 'pkg-config']],
    ['dnf', ['gcc', 'glibc-devel', 'gcc-c++', 'make', 'cmake', 'pkgconfig']],
    ['yum', ['gcc', 'glibc-devel', 'gcc-c++', 'make', 'cmake', 'pkgconfig']],
    ['zypper', ['gcc', 'glibc-devel', 'gcc-c++', 'make', 'cmake', 'pkg-config']],
    ['apk', ['gcc', 'musl-dev', 'g++', 'make', 'cmake', 'pkgconf']],
    ['pacman', ['gcc', 'glibc', 'make', 'cmake', 'pkgconf']],
    ['pkg', ['gcc', 'gmake', 'cmake', 'pkgconf']],
    ['brew', ['gcc', 'make', 'cmake', 'pkg-config']],
  ] as const)('with %s', (packageManager, packages) => {
    expect(packagesFor(compilers, packageManager)).toEqual(packages);
  });

  test.each([
    [
      'apt',
      'libssl-dev zlib1g-dev uuid-dev libuv1-dev liblz4-dev libjudy-dev libyaml-dev libjson-c-dev libprotobuf-dev protobuf-compiler',
    ],
    [
      'dnf',
      'openssl-devel zlib-devel libuuid-devel libuv-devel lz4-devel Judy-devel libyaml-devel json-c-devel protobuf-devel protobuf-compiler',
    ],
    [
      'yum',
      'openssl-devel zlib-devel libuuid-devel libuv-devel lz4-devel Judy-devel libyaml-devel json-c-devel protobuf-devel protobuf-compiler',
    ],
    [
      'zypper',
      'libopenssl-devel zlib-devel libuuid-devel libuv-devel liblz4-devel judy-devel libyaml-devel libjson-c-devel protobuf-devel',
    ],
    ['apk', 'openssl-dev zlib-dev util-linux-dev libuv-dev lz4-dev judy-dev yaml-dev json-c-dev protobuf-dev protoc'],
    ['pacman', 'openssl zlib util-linux libuv lz4 judy libyaml json-c protobuf'],
    ['pkg', 'openssl zlib libuuid libuv liblz4 Judy libyaml json-c protobuf'],
    ['brew', 'openssl zlib ossp-uuid libuv lz4 judy libyaml json-c protobuf'],
  ] as const)('and all libraries, with %s', (packageManager, packages) => {
    expect(packagesFor(libraries, packageManager).join(' ')).toEqual(packages);
  });

  test('are none for systemd where no machine has it', () => {
    expect(packagesFor(['libsystemd'], 'apt')).toEqual(['libsystemd-dev']);
    expect(packagesFor(['libsystemd'], 'dnf')).toEqual(['systemd-devel']);
    expect(packagesFor(['libsystemd'], 'apk')).toEqual([]);
  });

  test('are none when nothing is missing', () => {
    expect(packagesFor([], 'apt')).toEqual([]);
  });
});
