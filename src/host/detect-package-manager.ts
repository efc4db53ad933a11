import type { ReadableSystem } from '../system/system.ts';
import type { DistributionFamily } from './distribution.ts';
import { findProgram } from './find-program.ts';
import type { PackageManager } from './package-managers.ts';

/**
 * The package manager that owns this machine; undefined when there is none that kickstart knows.
 * The family decides first: Debian machines can have dnf and zypper as ordinary programs, and openSUSE has dnf.
 */
export async function detectPackageManager(
  family: DistributionFamily,
  searchPath: readonly string[],
  system: ReadableSystem,
): Promise<PackageManager | undefined> {
  const candidates = ofFamily[family];
  const found = await Promise.all(candidates.map((name) => findProgram([programs[name]], searchPath, system)));
  return candidates[found.findIndex((path) => path !== undefined)];
}

const ofFamily: Readonly<Record<DistributionFamily, readonly PackageManager[]>> = {
  debian: ['apt'],
  rhel: ['dnf', 'yum'],
  suse: ['zypper'],
  arch: ['pacman'],
  alpine: ['apk'],
  unknown: ['apt', 'dnf', 'yum', 'zypper', 'apk', 'pacman', 'pkg', 'brew'],
};

const programs: Readonly<Record<PackageManager, string>> = {
  apt: 'apt-get',
  dnf: 'dnf',
  yum: 'yum',
  zypper: 'zypper',
  apk: 'apk',
  pacman: 'pacman',
  pkg: 'pkg',
  brew: 'brew',
};
