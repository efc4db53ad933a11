import type { FakeEntry } from '../support/fake-files.ts';
import type { FakeCommand, FakeSystemOptions } from '../support/fake-system.ts';

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
  '/usr/include/openssl/ssl.h': '',
  '/usr/include/stdio.h': '',
  ...programs('/usr/bin', ['apt-get', 'gcc', 'g++', 'make', 'cmake', 'pkg-config']),
  '/usr/bin/cc': { link: 'gcc' },
  '/usr/bin/c++': { link: '/etc/alternatives/c++' },
  '/etc/alternatives/c++': { link: '/usr/bin/g++' },
  '/usr/sbin': { directory: true },
  '/bin': { link: 'usr/bin' },
  '/sbin': { link: 'usr/sbin' },
};

export const debianCommands: readonly FakeCommand[] = [
  { program: 'uname', arguments: ['-srm'], result: { stdout: 'Linux 6.1.0-18-amd64 x86_64\n' } },
  { program: 'getconf', arguments: ['GNU_LIBC_VERSION'], result: { stdout: 'glibc 2.36\n' } },
  { program: 'dpkg-query', result: { exitCode: 1, stderr: 'dpkg-query: no packages found matching netdata\n' } },
];

/** That machine, with more files and commands. */
export function debianMachine(more: FakeSystemOptions = {}): FakeSystemOptions {
  return {
    ...more,
    files: { ...debianFiles, ...more.files },
    commands: [...(more.commands ?? []), ...debianCommands],
  };
}

export function programs(directory: string, names: readonly string[]): Record<string, FakeEntry> {
  return Object.fromEntries(names.map((name) => [`${directory}/${name}`, program]));
}
