import type { ReadableSystem } from '../system/system.ts';
import type { InstalledPackage } from './installed-package.ts';
import type { PackageManager } from './package-managers.ts';

/**
 * The package that a program came with, whatever it is called: netdata-git and the like. Undefined when no package has the file. One child
 * process. The version is empty where it cannot be told from the answer.
 */
export async function packageOwner(
  packageManager: PackageManager,
  path: string,
  system: ReadableSystem,
): Promise<InstalledPackage | undefined> {
  const question = questions[packageManager];
  if (question === undefined) return undefined;
  const { exitCode, stdout } = await system.query({ program: question.program, arguments: question.ask(path) });
  if (exitCode !== 0) return undefined;
  for (const text of stdout.split('\n')) {
    const found = question.line.exec(text)?.groups;
    if (found !== undefined) return { name: found.name ?? '', version: found.version ?? '' };
  }
  return undefined;
}

interface OwnerQuestion {
  program: string;
  ask(path: string): readonly string[];
  /** Matches the line that names the owner. */
  line: RegExp;
}

const rpm: OwnerQuestion = {
  program: 'rpm',
  ask: (path) => ['--query', '--queryformat=%{NAME} %{VERSION}-%{RELEASE}\\n', '--file', path],
  line: /^(?<name>[^\s/]+) (?<version>\d\S*)$/,
};

// Homebrew has none: it links from a directory that is named after the formula, so a name is all there is.
const questions: Readonly<Partial<Record<PackageManager, OwnerQuestion>>> = {
  apt: {
    program: 'dpkg-query',
    ask: (path) => ['--search', path],
    // "netdata-x:amd64: /usr/sbin/netdata"; a diversion has a line of its own.
    line: /^(?!diversion )(?<name>[a-z0-9][a-z0-9+.-]+)(?::[a-z0-9]+)?: \//,
  },
  dnf: rpm,
  yum: rpm,
  zypper: rpm,
  apk: {
    program: 'apk',
    ask: (path) => ['info', '--who-owns', path],
    line: / is owned by (?<name>\S+?)-(?<version>\d\S*)$/,
  },
  pacman: { program: 'pacman', ask: (path) => ['--query', '--owns', path], line: / is owned by (?<name>\S+) (?<version>\S+)$/ },
  pkg: { program: 'pkg', ask: (path) => ['which', '--quiet', path], line: /^(?<name>\S+?)-(?<version>\d\S*)$/ },
};
