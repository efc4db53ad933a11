import type { FakeEntry } from './fake-files.ts';
import type { FakeCommand, FakeSystemOptions } from './fake-system.ts';

export const program: FakeEntry = { content: '\x7fELF', mode: 0o755 };

/** A Debian 12 machine with root's rights, 2 processors, 4 GiB, systemd, all build tools and no agent. */
export const debianFiles: Readonly<Record<string, FakeEntry>> = {
  '/etc/os-release':
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n',
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/bash\n',
  '/proc/1/cgroup': '0::/init.scope\n',
  '/proc/meminfo': 'MemTotal:        4194304 kB\nMemFree:          100000 kB\n',
  '/proc/self/cgroup': '0::/user.slice\n',
  '/proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t0-1\n',
  '/proc/sys/kernel/hostname': 'node1\n',
  '/run/systemd/system': { directory: true },
  ...dpkgDatabase(['libc6', 'installed', '2.36-9+deb12u10']),
  ...headers(['openssl/ssl.h', 'stdio.h', 'zlib.h', 'uuid/uuid.h', 'uv.h', 'lz4.h', 'Judy.h', 'yaml.h', 'json-c/json.h']),
  ...headers(['google/protobuf/message.h', 'curl/curl.h', 'zstd.h', 'brotli/encode.h', 'pcre2.h', 'systemd/sd-journal.h']),
  ...programs('/usr/bin', ['apt-get', 'gcc', 'g++', 'make', 'cmake', 'pkg-config', 'flex', 'bison', 'protoc']),
  '/usr/bin/cc': { link: 'gcc' },
  '/usr/bin/c++': { link: '/etc/alternatives/c++' },
  '/etc/alternatives/c++': { link: '/usr/bin/g++' },
  '/usr/sbin': { directory: true },
  '/bin': { link: 'usr/bin' },
  '/sbin': { link: 'usr/sbin' },
};

/** What is asked before a build: no library of the system that pkg-config knows, a new OpenSSL, a number that is nobody's, a file of no package. And a journal that says nothing. */
const questions: readonly FakeCommand[] = [
  { program: 'journalctl' },
  { program: 'dpkg-query', arguments: ([question]) => question === '--search', result: { exitCode: 1 } },
  { program: '/usr/bin/pkg-config', result: { exitCode: 1 } },
  { program: '/usr/bin/cmake', result: { stdout: 'cmake version 3.25.1\n' } },
  { program: '/usr/bin/protoc', result: { stdout: 'libprotoc 3.21.12\n' } },
  { program: '/usr/bin/cc', result: { stdout: '#define OPENSSL_VERSION_TEXT "OpenSSL 3.0.17 1 Jul 2025"\n' } },
  { program: 'getent', result: { exitCode: 2 } },
];

/** That machine, with more files and commands. */
export function debianMachine(more: FakeSystemOptions = {}): FakeSystemOptions {
  return { ...more, files: { ...debianFiles, ...more.files }, commands: [...(more.commands ?? []), ...questions] };
}

/** dpkg's database with these packages: name, state, version. */
export function dpkgDatabase(...packages: readonly (readonly [name: string, state: string, version: string])[]) {
  const paragraphs = packages.map(
    ([name, state, version]) =>
      `Package: ${name}\nStatus: install ok ${state}\nPriority: optional\nVersion: ${version}\nDescription: a package\n Package: of words\n`,
  );
  return { '/var/lib/dpkg/status': paragraphs.join('\n'), '/var/lib/dpkg/updates': { directory: true } as const };
}

export function programs(directory: string, names: readonly string[]): Record<string, FakeEntry> {
  return Object.fromEntries(names.map((name) => [`${directory}/${name}`, program]));
}

function headers(names: readonly string[]): Record<string, FakeEntry> {
  return Object.fromEntries(names.map((name) => [`/usr/include/${name}`, '']));
}
