import { describe, expect, test } from 'vitest';
import { canInstallPackages } from '../../src/plan/can-install-packages.ts';
import type { InstallOptions } from '../../src/plan/install-options.ts';
import { toolsForCloud, toolsInTheWay, toolsToInstall } from '../../src/plan/needed-tools.ts';
import type { SourcePlanInput } from '../../src/plan/plan-input.ts';
import { factsOf, optionsWith, release } from './plan-input.ts';

const compilers = ['c-compiler', 'c-headers', 'c++-compiler', 'make', 'cmake', 'pkg-config', 'flex', 'bison'] as const;
const libraries = ['openssl-headers', 'zlib', 'libuuid', 'libuv', 'lz4', 'judy', 'libyaml', 'json-c', 'protobuf'] as const;
const all = [...compilers, ...libraries, 'libcurl', 'zstd', 'brotli', 'pcre2', 'libsystemd'] as const;
const debian = factsOf('debian-13-minimal', { missingBuildTools: all, serviceManager: 'none' });
const user = factsOf('ubuntu-24.04-user', { missingBuildTools: all });
// What every agent is linked with, whatever it can do.
const always = ['c-compiler', 'c-headers', 'make', 'pkg-config', 'zlib', 'libuuid', 'libuv', 'lz4', 'openssl-headers'];

function input(version: string, cloud: InstallOptions['cloud'], facts = debian): SourcePlanInput {
  return { options: optionsWith({ cloud }), facts, runId: 'RUN', release: { ...release, version, tag: `v${version}` } };
}

describe('where packages can be installed', () => {
  test.each([
    ['1.31.0', always, ['c++-compiler', 'cmake'], ['judy']],
    ['1.34.0', always, ['c++-compiler', 'cmake'], ['judy']],
    ['1.37.1', always, ['c++-compiler', 'cmake'], []],
    ['1.40.0', [...always, 'libyaml'], ['c++-compiler', 'cmake'], []],
    ['1.44.3', [...always, 'libyaml'], ['c++-compiler', 'cmake'], ['zstd', 'brotli', 'pcre2']],
  ])('an agent %s gets what its configure asks for', (version, agent, cloud, features) => {
    expect(toolsToInstall(input(version, 'detect'))).toEqual({ agent, cloud, features });
    expect(toolsToInstall(input(version, 'require'))).toEqual({ agent, cloud, features });
    expect(toolsInTheWay(input(version, 'require'))).toEqual([]);
    expect(toolsForCloud(input(version, 'detect'))).toEqual([]);
  });

  const cmakes = [
    'c-compiler',
    'c-headers',
    'make',
    'pkg-config',
    'c++-compiler',
    'cmake',
    'zlib',
    'libuuid',
    'libuv',
    'lz4',
    'openssl-headers',
    'libyaml',
  ];
  test.each([
    ['1.45.0', cmakes, ['protobuf'], ['zstd', 'brotli', 'pcre2']],
    ['1.47.5', [...cmakes, 'json-c'], ['protobuf'], ['zstd', 'brotli', 'pcre2']],
    ['2.0.0', [...cmakes, 'json-c', 'protobuf', 'libcurl'], [], ['zstd', 'brotli', 'pcre2']],
    ['2.10.4', [...cmakes, 'json-c', 'protobuf', 'libcurl', 'flex', 'bison'], [], ['zstd', 'brotli', 'pcre2']],
  ])('an agent %s gets what its CMake asks for', (version, agent, cloud, features) => {
    expect(toolsToInstall(input(version, 'detect'))).toEqual({ agent, cloud, features });
  });

  test('the plugin for the journal is made where systemd runs the machine, and only there', () => {
    const withSystemd = { ...debian, serviceManager: 'systemd' } as const;
    expect(toolsToInstall(input('2.10.4', 'detect', withSystemd)).agent).toContain('libsystemd');
    expect(toolsToInstall(input('1.37.1', 'detect', withSystemd)).agent).not.toContain('libsystemd');
  });

  test('an agent without Cloud needs what it is linked with, and nothing for the link', () => {
    expect(toolsToInstall(input('1.37.1', 'disable'))).toEqual({ agent: always, cloud: [], features: [] });
    expect(toolsToInstall(input('1.47.5', 'disable')).cloud).toEqual([]);
  });

  test('an agent whose link needs no library that kickstart builds needs no cmake', () => {
    const facts = { ...debian, systemLibraries: { jsonc: '0.16', protobuf: '3.21.12.0' } };
    expect(toolsToInstall(input('1.37.1', 'detect', facts)).cloud).toEqual(['c++-compiler']);
  });

  test('what is here is not installed', () => {
    const facts = { ...debian, missingBuildTools: ['cmake', 'zlib'] as const };
    expect(toolsToInstall(input('1.37.1', 'detect', facts))).toEqual({ agent: ['zlib'], cloud: ['cmake'], features: [] });
    expect(toolsToInstall(input('1.37.1', 'disable', facts))).toEqual({ agent: ['zlib'], cloud: [], features: [] });
  });
});

describe('where they cannot be installed', () => {
  test('an agent goes without Cloud in the default mode, and not without what it is linked with', () => {
    expect(toolsInTheWay(input('1.31.0', 'detect', user))).toEqual(always);
    expect(toolsForCloud(input('1.31.0', 'detect', user))).toEqual(['c++-compiler', 'cmake']);
    expect(toolsToInstall(input('1.31.0', 'detect', user))).toEqual({ agent: [], cloud: [], features: [] });
  });

  test('a required Cloud needs all of them', () => {
    expect(toolsInTheWay(input('1.31.0', 'require', user))).toEqual([...always, 'c++-compiler', 'cmake']);
    expect(toolsForCloud(input('1.31.0', 'require', user))).toEqual([]);
  });

  test('an agent without Cloud needs what it is linked with', () => {
    expect(toolsInTheWay(input('1.31.0', 'disable', user))).toEqual(always);
    expect(toolsForCloud(input('1.31.0', 'disable', user))).toEqual([]);
  });

  test('what only a feature needs is in nobody’s way', () => {
    const facts = { ...user, missingBuildTools: ['zstd', 'brotli', 'pcre2', 'flex', 'bison', 'judy', 'libsystemd'] as const };
    expect(toolsInTheWay(input('2.10.4', 'require', facts))).toEqual([]);
    expect(toolsInTheWay(input('1.31.0', 'require', facts))).toEqual([]);
  });
});

test('only root installs packages, and only with a package manager that kickstart drives', () => {
  expect(canInstallPackages(debian)).toBe(true);
  expect(canInstallPackages(user)).toBe(false);
  expect(canInstallPackages({ ...debian, packageManager: 'pacman' })).toBe(false);
  expect(canInstallPackages({ ...debian, packageManager: undefined })).toBe(false);
});
