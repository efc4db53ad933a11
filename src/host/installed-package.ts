import type { ReadableSystem } from '../system/system.ts';
import { readDpkgDatabase } from './dpkg-database.ts';
import type { PackageManager } from './package-managers.ts';

export interface InstalledPackage {
  name: string;
  /** As the package manager writes it: "1.37.1-2". */
  version: string;
}

/** The package that has the agent in it, as the machine's package manager says; undefined when none is installed. At most one child process. */
export async function installedPackage(
  packageManager: PackageManager,
  system: ReadableSystem,
): Promise<InstalledPackage | undefined> {
  const { program, arguments: words, line, read } = questions[packageManager];
  // Exit codes tell little: dpkg-query and rpm have one for "some of the names are unknown", and print the others.
  const said = (await read?.(system)) ?? (await system.query({ program, arguments: words })).stdout;
  const found = said.split('\n').map((text) => line.exec(text)?.groups);
  const packages = found.filter((groups) => groups !== undefined).map(({ name = '', version = '' }) => ({ name, version }));
  return packages.find(({ name }) => name !== 'netdata') ?? packages[0];
}

interface Question {
  program: string;
  arguments: readonly string[];
  /** Matches the line of an installed package. */
  line: RegExp;
  /** The same lines without the program, where it can be done without. */
  read?: (system: ReadableSystem) => Promise<string | undefined>;
}

// Debian's netdata is an empty package; the agent is in netdata-core, and goes only when that is removed. -no-sse: before Debian 11.
const debianNames = ['netdata', 'netdata-core', 'netdata-core-no-sse'];

const dpkg: Question = {
  program: 'dpkg-query',
  arguments: [
    '--show',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders.
    '--showformat=${Package} ${db:Status-Status} ${Version}\\n',
    ...debianNames,
  ],
  read: (system) => readDpkgDatabase(debianNames, system),
  // Removed packages whose settings stayed are config-files: their programs are gone. Half-installed ones are here.
  line: /^(?<name>\S+) (?!not-installed |config-files )\S+ (?<version>\S*)$/,
};

const rpm: Question = {
  program: 'rpm',
  arguments: ['--query', '--queryformat=%{NAME} %{VERSION}-%{RELEASE}\\n', 'netdata'],
  line: /^(?<name>netdata) (?<version>\d\S*)$/,
};

const questions: Readonly<Record<PackageManager, Question>> = {
  apt: dpkg,
  dnf: rpm,
  yum: rpm,
  zypper: rpm,
  apk: {
    program: 'apk',
    arguments: ['info', '--installed', '--verbose', 'netdata'],
    line: /^(?<name>netdata)(?:-(?<version>\d\S*))?$/,
  },
  // It answers with a package that provides netdata, too: netdata-git. Source: pacman src/pacman/query.c.
  pacman: { program: 'pacman', arguments: ['--query', 'netdata'], line: /^(?<name>\S+) (?<version>\S+)$/ },
  pkg: { program: 'pkg', arguments: ['query', '%n %v', 'netdata'], line: /^(?<name>netdata) (?<version>\S+)$/ },
  brew: { program: 'brew', arguments: ['list', '--versions', 'netdata'], line: /^(?<name>netdata) (?<version>\S+)/ },
};
