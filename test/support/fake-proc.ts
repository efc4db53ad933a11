import { Secret } from '../../src/system/secret.ts';
import type { FakeEntry } from './fake-files.ts';

/** A running program as /proc shows it. */
export interface FakeProcess {
  processId: number;
  program: string;
  /** Clock ticks since boot. */
  startTicks: number;
  arguments?: readonly string[];
  environment?: Readonly<Record<string, string | undefined>>;
  /** Default: root. */
  userId?: number;
  /** Where it listens: "127.0.0.1:20000", "[::1]:20000" or a path. */
  listens?: readonly string[];
  /** false: this user may not see which sockets it has open. */
  showsSockets?: boolean;
}

/** Path → entry. The sockets of a process are in a table of its own: a fake machine has no network that all of its processes share. */
export function procFiles(process: FakeProcess): Record<string, FakeEntry> {
  const { processId, program, startTicks, userId = 0, listens = [] } = process;
  const at = `/proc/${processId}`;
  const sockets = listens.map((place, index) => ({ place, inode: processId * 100 + index, userId }));
  const variables = Object.entries(process.environment ?? {}).map(([name, value]) => `${name}=${value}\0`);
  return {
    [`${at}/stat`]: `${processId} (${program}) S ${'0 '.repeat(18)}${startTicks} 0`,
    [`${at}/status`]: `Name:\tx\nUid:\t${userId}\t${userId}\t${userId}\t${userId}\nGid:\t${userId}\t${userId}\t${userId}\t${userId}\nGroups:\t\n`,
    [`${at}/exe`]: { link: program },
    [`${at}/cmdline`]: [program, ...(process.arguments ?? []), ''].join('\0'),
    [`${at}/environ`]: { content: new Secret(variables.join('')), mode: 0o400 },
    ...socketTables(at, sockets),
    ...(process.showsSockets === false
      ? {}
      : Object.fromEntries([
          [`${at}/fd/0`, { link: '/dev/null' }],
          ...sockets.map(({ inode }, index) => [`${at}/fd/${index + 3}`, { link: `socket:[${inode}]` }]),
        ])),
  };
}

/** net/tcp, net/tcp6 and net/unix below `at`, as the kernel writes them. */
export function socketTables(
  at: string,
  sockets: readonly { place: string; inode: number; userId?: number }[],
): Record<string, FakeEntry> {
  const rows = { tcp: [heading], tcp6: [heading], unix: [heading] };
  for (const { place, inode, userId = 0 } of sockets) {
    if (place.startsWith('/')) rows.unix.push(`0000000000000000: 00000002 00000000 00010000 0001 01 ${inode} ${place}`);
    else if (place.startsWith('['))
      rows.tcp6.push(`0: ${hex(place)} ${'0'.repeat(32)}:0000 0A 0:0 0:0 0 ${userId} 0 ${inode} 1 0 0`);
    else rows.tcp.push(`0: ${hex(place)} 00000000:0000 0A 0:0 0:0 0 ${userId} 0 ${inode} 1 0 0`);
  }
  return Object.fromEntries(Object.entries(rows).map(([name, lines]) => [`${at}/net/${name}`, lines.join('\n')]));
}

/** "127.0.0.1:20000" → "0100007F:4E20"; of IPv6 only [::1] and [::] are known. */
function hex(place: string): string {
  const [, address = '', port = ''] = /^(.*):(\d+)$/.exec(place) ?? [];
  const number = Number(port).toString(16).toUpperCase().padStart(4, '0');
  if (address === '[::]') return `${'0'.repeat(32)}:${number}`;
  if (address === '[::1]') return `${'0'.repeat(24)}01000000:${number}`;
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, '0'));
  return `${bytes.toReversed().join('')}:${number}`;
}

const heading = 'sl local_address and so on';
