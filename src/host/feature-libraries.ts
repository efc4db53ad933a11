import type { SystemLibraryQuestion } from './system-libraries.ts';

/** Libraries that a part of an agent from 1.45 on is made with. kickstart installs none of them: where they are here, the part is built. */
export const featureLibraries = {
  libsystemd: { pkgConfig: 'libsystemd' },
  libelogind: { pkgConfig: 'libelogind' },
  cups: { pkgConfig: 'cups' },
  libipmimonitoring: { pkgConfig: 'libipmimonitoring' },
  libnetfilter_acct: { pkgConfig: 'libnetfilter_acct' },
  libmnl: { pkgConfig: 'libmnl' },
  xenstat: { pkgConfig: 'xenstat' },
  xenlight: { pkgConfig: 'xenlight' },
  snappy: { pkgConfig: 'snappy' },
  libmongoc: { pkgConfig: 'libmongoc-1.0' },
} as const satisfies Readonly<Record<string, SystemLibraryQuestion>>;

export type FeatureLibrary = keyof typeof featureLibraries;
