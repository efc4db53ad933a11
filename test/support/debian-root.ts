import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { parseOsRelease } from '../../src/host/distribution.ts';
import { bootstrap } from './bootstrap.ts';
import { debianSources, type SourceList } from './debian-sources.ts';
import { startThrowawayMachine } from './throwaway-machine.ts';

export const debianSuites = ['bookworm', 'trixie'] as const;
export type DebianSuite = (typeof debianSuites)[number];

/** A small Debian without compilers, and the archives of its own source packages of the cloud dependencies. */
export interface DebianRoot {
  suite: DebianSuite;
  /** For startThrowawayMachine. */
  archive: string;
  /** The archives by the names of the pins. */
  sources: string;
  pins: readonly RootPin[];
}

/** What an agent's packaging/ says of a library, with this suite's version of it. */
export interface RootPin {
  component: 'jsonc' | 'mosquitto' | 'libwebsockets' | 'protobuf';
  version: string;
  fileName: string;
  sha256: string;
  /** The suite has it as .tar.xz, which no agent ever pinned: it is packed anew here, so the suite's apt does not have these bytes. */
  repacked: boolean;
}

const run = promisify(execFile);
const roots = resolve(import.meta.dirname, '../../test-output/roots');
// The agent's build needs more, which kickstart has to install.
const packages = ['ca-certificates'];
// A root that is older has packages that apt would upgrade when it installs compilers.
const maximumAgeMilliseconds = 3 * 24 * 3600 * 1000;

/** Made by mmdebstrap from this machine's own apt configuration, with another suite in it; kept below test-output for three days. Takes 25 s cold. */
export async function debianRoot(suite: DebianSuite): Promise<DebianRoot> {
  const lists = debianSources(suite);
  const key = createHash('sha256')
    .update(JSON.stringify([2, suite, packages, lists]))
    .digest('hex');
  const directory = join(roots, suite);
  if (!isFresh(directory, key)) await make(suite, lists, key, directory);
  const pins: RootPin[] = JSON.parse(readFileSync(join(directory, 'pins.json'), 'utf8'));
  return { suite, archive: join(directory, 'root.tar'), sources: join(directory, 'sources'), pins };
}

/** Why there can be none here, in one line; undefined when there can. */
export async function debianRootRefusal(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'Debian roots are made by root.';
  if (parseOsRelease(readFileSync('/etc/os-release', 'utf8')).get('ID') !== 'debian') return 'This machine is no Debian.';
  try {
    await run('mmdebstrap', ['--version']);
    for (const suite of debianSuites) await debianRoot(suite);
    return undefined;
  } catch (error) {
    return String(error instanceof Error ? error.message : error).replaceAll(/\s+/g, ' ');
  }
}

function isFresh(directory: string, key: string): boolean {
  const facts = statSync(join(directory, 'key'), { throwIfNoEntry: false });
  if (facts === undefined || Date.now() - facts.mtimeMs > maximumAgeMilliseconds) return false;
  return readFileSync(join(directory, 'key'), 'utf8') === key;
}

async function make(suite: DebianSuite, lists: readonly SourceList[], key: string, directory: string): Promise<void> {
  mkdirSync(roots, { recursive: true });
  for (const name of readdirSync(roots)) {
    // Of a run that was killed.
    if (name.startsWith(`${suite}.part-`)) rmSync(join(roots, name), { recursive: true, force: true });
  }
  const part = join(roots, `${suite}.part-${process.pid}`);
  mkdirSync(join(part, 'sources'), { recursive: true });
  await bootstrap({ suite, packages, lists, target: join(part, 'root.tar'), scratch: part });
  const pins = await fetchSources(join(part, 'root.tar'), join(part, 'sources'), lists);
  writeFileSync(join(part, 'pins.json'), JSON.stringify(pins));
  writeFileSync(join(part, 'key'), key);
  rmSync(directory, { recursive: true, force: true });
  renameSync(part, directory);
}

const libraries = [
  { component: 'jsonc', package: 'json-c', fileName: (version: string) => `json-c-${version}.tar.gz` },
  { component: 'mosquitto', package: 'mosquitto', fileName: (version: string) => `mosquitto-${version}.tar.gz` },
  { component: 'libwebsockets', package: 'libwebsockets', fileName: (version: string) => `v${version}.tar.gz` },
  { component: 'protobuf', package: 'protobuf', fileName: (version: string) => `protobuf-${version}.tar.gz` },
] as const;

/** The suite's own archives, brought by the suite's own apt on a machine that is thrown away. */
async function fetchSources(archive: string, directory: string, lists: readonly SourceList[]): Promise<readonly RootPin[]> {
  const downloads = join(directory, 'downloads');
  mkdirSync(downloads);
  const machine = await startThrowawayMachine({ rootArchive: archive, shared: [{ path: downloads, access: 'write' }] });
  try {
    const names = libraries.map((library) => library.package).join(' ');
    // Only the archive is wanted, and any version of the package that the mirror really has will do.
    const script = `
      set -e
      rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
      ${lists.map(({ name, sourceText }) => `cat > /etc/apt/sources.list.d/${name} <<'END'\n${sourceText}\nEND`).join('\n')}
      apt-get update
      mkdir /tmp/sources
      cd /tmp/sources
      for package in ${names}; do
        for version in $(apt-cache showsrc "$package" | sed -n 's/^Version: //p'); do
          ! apt-get source --download-only --tar-only "$package=$version" || break
        done
      done
      cp *.orig.tar.* ${downloads}`;
    const { exitCode, stdout, stderr } = await machine.run(['sh', '-c', script]);
    if (exitCode !== 0) throw new Error(`The sources of ${names} cannot be had: ${stderr}${stdout}`);
  } finally {
    await machine.stop();
  }
  const pins = await Promise.all(libraries.map((library) => pinned(library, downloads, directory)));
  rmSync(downloads, { recursive: true });
  return pins;
}

async function pinned(library: (typeof libraries)[number], downloads: string, directory: string): Promise<RootPin> {
  const name = new RegExp(`^${library.package}_([^+_]+)(?:\\+[^_]*)?\\.orig\\.tar\\.(gz|xz)$`);
  const original = readdirSync(downloads).find((candidate) => name.test(candidate)) ?? '';
  const [, version = '', packing] = name.exec(original) ?? [];
  if (version === '') throw new Error(`apt-get brought no archive of ${library.package}.`);
  const fileName = library.fileName(version);
  const path = join(directory, fileName);
  if (packing === 'gz') copyFileSync(join(downloads, original), path);
  else writeFileSync(path, gzipSync(await unpackXz(join(downloads, original))));
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  return { component: library.component, version, fileName, sha256, repacked: packing !== 'gz' };
}

async function unpackXz(path: string): Promise<Buffer> {
  return (await run('xz', ['--decompress', '--stdout', path], { encoding: 'buffer', maxBuffer: 256 * 1024 * 1024 })).stdout;
}
