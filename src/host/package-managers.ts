import { apt } from './apt.ts';
import type { UnattendedPackages } from './unattended-packages.ts';

/** Package managers that kickstart can name packages for. */
export type PackageManager = 'apt' | 'dnf' | 'yum' | 'zypper' | 'apk' | 'pacman' | 'pkg' | 'brew';

export interface PackageManagerRow {
  /** Command lines for people: root can paste them. */
  install(packages: readonly string[]): readonly string[];
  remove(packages: readonly string[]): readonly string[];
  /** How kickstart itself drives it. Absent: not proven yet, so people are asked to. */
  unattended?: UnattendedPackages;
}

/** Source of the commands: the managers' own manuals. */
export const packageManagers: Readonly<Record<PackageManager, PackageManagerRow>> = {
  apt: {
    install: (packages) => ['apt-get', 'install', '-y', ...packages],
    remove: (packages) => ['apt-get', 'remove', '-y', ...packages],
    unattended: apt,
  },
  dnf: rpmBased('dnf'),
  yum: rpmBased('yum'),
  zypper: {
    install: (packages) => ['zypper', '--non-interactive', 'install', ...packages],
    remove: (packages) => ['zypper', '--non-interactive', 'remove', ...packages],
  },
  apk: {
    install: (packages) => ['apk', 'add', ...packages],
    remove: (packages) => ['apk', 'del', ...packages],
  },
  pacman: {
    install: (packages) => ['pacman', '-S', '--noconfirm', '--needed', ...packages],
    remove: (packages) => ['pacman', '-R', '--noconfirm', ...packages],
  },
  pkg: {
    install: (packages) => ['pkg', 'install', '-y', ...packages],
    remove: (packages) => ['pkg', 'delete', '-y', ...packages],
  },
  brew: {
    install: (packages) => ['brew', 'install', ...packages],
    remove: (packages) => ['brew', 'uninstall', ...packages],
  },
};

function rpmBased(program: 'dnf' | 'yum'): PackageManagerRow {
  return {
    install: (packages) => [program, 'install', '-y', ...packages],
    remove: (packages) => [program, 'remove', '-y', ...packages],
  };
}
