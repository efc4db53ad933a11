import { describe, expect, test } from 'vitest';
import { canInstallPackages, toolsForCloud, toolsInTheWay, toolsToInstall } from '../../src/plan/needed-tools.ts';
import { factsOf } from './plan-input.ts';

const all = ['c-compiler', 'c-headers', 'c++-compiler', 'make', 'cmake', 'pkg-config', 'openssl-headers'] as const;
const debian = factsOf('debian-13-minimal', { missingBuildTools: all });
const user = factsOf('ubuntu-24.04-user', { missingBuildTools: all });

describe('where packages can be installed', () => {
  test.each(['detect', 'require'] as const)('all that is missing is installed (%s)', (cloud) => {
    expect(toolsToInstall({ cloud }, debian)).toEqual(all);
    expect(toolsInTheWay({ cloud }, debian)).toEqual([]);
    expect(toolsForCloud({ cloud }, debian)).toEqual([]);
  });

  test('an agent without Cloud needs no tools for the libraries of the link', () => {
    expect(toolsToInstall({ cloud: 'disable' }, debian)).toEqual(['c-compiler', 'c-headers', 'make']);
  });

  test('what is here is not installed', () => {
    expect(toolsToInstall({ cloud: 'detect' }, { ...debian, missingBuildTools: ['cmake'] })).toEqual(['cmake']);
    expect(toolsToInstall({ cloud: 'disable' }, { ...debian, missingBuildTools: ['cmake'] })).toEqual([]);
  });
});

describe('where they cannot be installed', () => {
  test('an agent goes without Cloud in the default mode, and not without a compiler', () => {
    expect(toolsInTheWay({ cloud: 'detect' }, user)).toEqual(['c-compiler', 'c-headers', 'make']);
    expect(toolsForCloud({ cloud: 'detect' }, user)).toEqual(['c++-compiler', 'cmake', 'pkg-config', 'openssl-headers']);
    expect(toolsToInstall({ cloud: 'detect' }, user)).toEqual([]);
  });

  test('a required Cloud needs all of them', () => {
    expect(toolsInTheWay({ cloud: 'require' }, user)).toEqual(all);
    expect(toolsForCloud({ cloud: 'require' }, user)).toEqual([]);
  });

  test('an agent without Cloud needs three', () => {
    expect(toolsInTheWay({ cloud: 'disable' }, user)).toEqual(['c-compiler', 'c-headers', 'make']);
    expect(toolsForCloud({ cloud: 'disable' }, user)).toEqual([]);
  });
});

test('only root installs packages, and only with a package manager that kickstart drives', () => {
  expect(canInstallPackages(debian)).toBe(true);
  expect(canInstallPackages(user)).toBe(false);
  expect(canInstallPackages({ ...debian, packageManager: 'pacman' })).toBe(false);
  expect(canInstallPackages({ ...debian, packageManager: undefined })).toBe(false);
});
