import type { ReadableSystem } from '../system/system.ts';
import { statIfAllowed } from './allowed-reads.ts';
import { type BuildLibrary, type BuildToolRow, buildLibraries } from './build-libraries.ts';
import { compilers, findProgram, standardSearchPath } from './find-program.ts';
import type { PackageManager } from './package-managers.ts';

/**
 * What a build of the agent and its cloud dependencies may need; which agent needs what is in plan/agent-needs.ts.
 * Archives are unpacked by kickstart itself: tar and gzip are not on the list.
 */
export type BuildTool =
  | 'c-compiler'
  | 'c-headers'
  | 'c++-compiler'
  | 'make'
  | 'cmake'
  | 'pkg-config'
  | 'flex'
  | 'bison'
  | BuildLibrary;

/** The tools that are not here, in the order of the table. Looks at files; pkg-config and a compiler run only to confirm that a header is missing. */
export async function missingBuildTools(
  system: ReadableSystem,
  searchPath: readonly string[] = standardSearchPath,
): Promise<readonly BuildTool[]> {
  const present = await Promise.all(buildToolNames.map((tool) => isPresent(buildTools[tool], searchPath, system)));
  return buildToolNames.filter((_, index) => !present[index]);
}

/** The packages that bring these tools, each once. */
export function packagesFor(tools: readonly BuildTool[], packageManager: PackageManager): readonly string[] {
  return [...new Set(tools.flatMap((tool) => buildTools[tool].packages[packageManager]))];
}

async function isPresent(
  { programs, header, pkgConfig }: BuildToolRow,
  searchPath: readonly string[],
  system: ReadableSystem,
): Promise<boolean> {
  if (programs && (await findProgram(programs, searchPath, system)) === undefined) return false;
  if (!header) return true;
  const files = await Promise.all(includeDirectories.map((directory) => statIfAllowed(`${directory}/${header}`, system)));
  if (files.some((file) => file !== undefined)) return true;
  if (pkgConfig !== undefined && (await pkgConfigKnows(pkgConfig, searchPath, system))) return true;
  return compilerFinds(header, searchPath, system);
}

async function pkgConfigKnows(module: string, searchPath: readonly string[], system: ReadableSystem): Promise<boolean> {
  const program = await findProgram(pkgConfigs, searchPath, system);
  if (program === undefined) return false;
  return (await system.query({ program, arguments: ['--exists', module] })).exitCode === 0;
}

// Headers may be where only the compiler knows (Nix, cross toolchains, CPATH): ask it before refusing a machine that can build.
async function compilerFinds(header: string, searchPath: readonly string[], system: ReadableSystem): Promise<boolean> {
  const compiler = await findProgram(compilers, searchPath, system);
  if (!compiler) return false;
  const probe = ['-fsyntax-only', '-x', 'c', '-include', header, '/dev/null'];
  return (await system.query({ program: compiler, arguments: probe })).exitCode === 0;
}

const pkgConfigs = ['pkg-config', 'pkgconf'];
const includeDirectories = ['/usr/include', '/usr/local/include', '/opt/homebrew/include', '/opt/homebrew/opt/openssl/include'];

// Package names: spec/kickstart-behaviour.md 7.2. On Debian gcc only recommends libc6-dev, so the C headers have a row of their own.
// mosquitto's CMakeLists.txt names no language, and cmake then insists on a C++ compiler, used or not.
export const buildTools: Readonly<Record<BuildTool, BuildToolRow>> = {
  'c-compiler': {
    label: 'a C compiler',
    programs: compilers,
    packages: { apt: 'gcc', dnf: 'gcc', yum: 'gcc', zypper: 'gcc', apk: 'gcc', pacman: 'gcc', pkg: 'gcc', brew: 'gcc' },
  },
  'c-headers': {
    label: 'the headers of the C library',
    header: 'stdio.h',
    packages: {
      apt: 'libc6-dev',
      dnf: 'glibc-devel',
      yum: 'glibc-devel',
      zypper: 'glibc-devel',
      apk: 'musl-dev',
      pacman: 'glibc',
      pkg: 'gcc',
      brew: 'gcc',
    },
  },
  'c++-compiler': {
    label: 'a C++ compiler',
    programs: ['c++', 'g++', 'clang++'],
    packages: {
      apt: 'g++',
      dnf: 'gcc-c++',
      yum: 'gcc-c++',
      zypper: 'gcc-c++',
      apk: 'g++',
      pacman: 'gcc',
      pkg: 'gcc',
      brew: 'gcc',
    },
  },
  make: {
    label: 'make',
    programs: ['make', 'gmake'],
    packages: { apt: 'make', dnf: 'make', yum: 'make', zypper: 'make', apk: 'make', pacman: 'make', pkg: 'gmake', brew: 'make' },
  },
  cmake: {
    label: 'cmake',
    programs: ['cmake'],
    packages: everywhere('cmake'),
  },
  'pkg-config': {
    label: 'pkg-config',
    programs: pkgConfigs,
    packages: {
      apt: 'pkg-config',
      dnf: 'pkgconfig',
      yum: 'pkgconfig',
      zypper: 'pkg-config',
      apk: 'pkgconf',
      pacman: 'pkgconf',
      pkg: 'pkgconf',
      brew: 'pkg-config',
    },
  },
  flex: { label: 'flex', programs: ['flex'], packages: everywhere('flex') },
  bison: { label: 'bison', programs: ['bison'], packages: everywhere('bison') },
  ...buildLibraries,
};

// The cast: keys() widens to string; the Record above has exactly the tools as keys.
const buildToolNames = Object.keys(buildTools) as readonly BuildTool[];

function everywhere(name: string): Record<PackageManager, string> {
  return { apt: name, dnf: name, yum: name, zypper: name, apk: name, pacman: name, pkg: name, brew: name };
}
