import type { UnattendedPackages } from './unattended-packages.ts';

// Another apt (unattended upgrades at boot) holds the lock for a minute or so; apt waits that long when told. Source: apt 1.9.11 changelog.
const patiently = ['--yes', '--quiet', '--option', 'DPkg::Lock::Timeout=120'];

// Configuration files that are there stay. dpkg would ask, and there is nobody to answer.
const keepConfiguration = ['--option', 'Dpkg::Options::=--force-confdef', '--option', 'Dpkg::Options::=--force-confold'];

function install(packages: readonly string[]): readonly string[] {
  return [
    'apt-get',
    ...patiently,
    ...keepConfiguration,
    // Archives that this install downloads are not kept: a machine without them before has none after.
    ...['--option', 'APT::Keep-Downloaded-Packages=false', '--no-install-recommends', '--no-remove'],
    ...['install', ...packages],
  ];
}

/** How kickstart drives apt. Source: apt-get(8), dpkg-query(1), dpkg(1). */
export const apt: UnattendedPackages = {
  environment: { DEBIAN_FRONTEND: 'noninteractive' },
  refresh: ['apt-get', ...patiently, 'update'],
  install,
  arrivalsOf: (packages) => [...install(packages), '--simulate'],
  arrivalLine: /^Inst (?<name>\S+)/,
  states: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders.
    words: ['dpkg-query', '--show', '--showformat=${db:Status-Status} ${Package}\\n'],
    line: /^(?<state>\S+) (?<name>\S+)$/,
  },
  whole: ['installed', 'triggers-awaited', 'triggers-pending'],
  gone: ['not-installed', 'config-files'],
  configurationLeft: ['config-files'],
  removalOf: (packages) => ['apt-get', '--simulate', 'remove', ...packages],
  unneededWithout: (packages) => ['apt-get', '--simulate', 'autoremove', ...packages],
  // For this one question. As the machine is set up, apt's autoremove keeps what any package recommends or suggests.
  unneededButRecommendedWithout: (packages) => [
    ...['apt-get', '--simulate', '--option', 'APT::AutoRemove::RecommendsImportant=false'],
    ...['--option', 'APT::AutoRemove::SuggestsImportant=false', 'autoremove', ...packages],
  ],
  removalLine: /^(?:Remv|Purg) (?<name>\S+)/,
  relations: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders.
    words: ['dpkg-query', '--show', '--showformat=${Package}\\t${Pre-Depends}, ${Depends}\\t${Recommends}\\t${Provides}\\n'],
    line: /^(?<name>[^\t]+)\t(?<depends>[^\t]*)\t(?<recommends>[^\t]*)\t(?<provides>[^\t]*)$/,
    // "a (>= 1.0) | b:any, c": deb-control(5).
    namesIn: (field) => field.split(/[,|]/).flatMap((relation) => /^[^\s(:[<]+/.exec(relation.trim()) ?? []),
  },
  remove: (packages) => ['apt-get', ...patiently, 'remove', ...packages],
  purge: (packages) => ['apt-get', ...patiently, 'purge', ...packages],
  purgeAlone: (packages) => ['dpkg', '--purge', ...packages],
  repair: ['dpkg', '--force-confdef', '--force-confold', '--configure', '--pending'],
};
