import type { UnattendedPackages } from './unattended-packages.ts';

// Another apt (unattended upgrades at boot) holds the lock for a minute or so; apt waits that long when told. Source: apt 1.9.11 changelog.
const patiently = ['--yes', '--quiet', '--option', 'DPkg::Lock::Timeout=120'];

// Configuration files that are there stay. dpkg would ask, and there is nobody to answer.
const keepConfiguration = ['--option', 'Dpkg::Options::=--force-confdef', '--option', 'Dpkg::Options::=--force-confold'];

/** How kickstart drives apt. Source: apt-get(8), dpkg-query(1), dpkg(1). */
export const apt: UnattendedPackages = {
  environment: { DEBIAN_FRONTEND: 'noninteractive' },
  refresh: ['apt-get', ...patiently, 'update'],
  install: (packages) => [
    'apt-get',
    ...patiently,
    ...keepConfiguration,
    // Archives that this install downloads are not kept: a machine without them before has none after.
    ...['--option', 'APT::Keep-Downloaded-Packages=false', '--no-install-recommends', '--no-remove'],
    ...['install', ...packages],
  ],
  states: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders.
    words: ['dpkg-query', '--show', '--showformat=${db:Status-Status} ${Package}\\n'],
    line: /^(?<state>\S+) (?<name>\S+)$/,
  },
  whole: ['installed', 'triggers-awaited', 'triggers-pending'],
  gone: ['not-installed', 'config-files'],
  configurationLeft: ['config-files'],
  removalOf: (packages) => ['apt-get', '--simulate', 'remove', ...packages],
  unneeded: ['apt-get', '--simulate', 'autoremove'],
  removalLine: /^(?:Remv|Purg) (?<name>\S+)/,
  remove: (packages) => ['apt-get', ...patiently, 'remove', ...packages],
  purge: (packages) => ['apt-get', ...patiently, 'purge', ...packages],
  repair: ['dpkg', '--force-confdef', '--force-confold', '--configure', '--pending'],
};
