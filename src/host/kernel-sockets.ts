import type { ReadableSystem } from '../system/system.ts';
import { listIfAllowed, readIfAllowed, undefinedIfGone } from './allowed-reads.ts';

/** A socket that waits for connections, as the kernel tells of it. */
export interface TcpListener {
  /** "127.0.0.1", "0.0.0.0", "[::1]", "[::]": as in a URL. */
  address: string;
  port: number;
  /** Of who made it. */
  userId: number;
  inode: string;
}

export interface UnixListener {
  path: string;
  inode: string;
}

/**
 * The TCP sockets that listen in the network of a process, or in our own. Empty where /proc has none. The addresses are read as little-endian
 * machines write them. Source: proc_pid_net(5), proc_net_tcp.txt of the kernel.
 */
export async function tcpListeners(process: number | 'self', system: ReadableSystem): Promise<readonly TcpListener[]> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readProcess(`/proc/${process}/net/${name}`, system)));
  return tables.flatMap((text = '') => text.split('\n').slice(1).flatMap(tcpListener));
}

/** The unix sockets with a path that listen in the network of a process. Source: proc_pid_net(5). */
export async function unixListeners(process: number | 'self', system: ReadableSystem): Promise<readonly UnixListener[]> {
  const text = (await readProcess(`/proc/${process}/net/unix`, system)) ?? '';
  return text.split('\n').flatMap((line) => {
    const [, flags = '', inode = '', path = ''] = /^\S+: \S+ \S+ (\S+) \S+ \S+\s+(\d+) (\/.*)$/.exec(line) ?? [];
    return (Number.parseInt(flags, 16) & ACCEPTS_CONNECTIONS) === 0 || path === '' ? [] : [{ path, inode }];
  });
}

/** The sockets that a process has open, by inode; undefined when this user may not see them, or it has ended. Source: proc_pid_fd(5). */
export async function socketsOf(processId: number, system: ReadableSystem): Promise<ReadonlySet<string> | undefined> {
  const directory = `/proc/${processId}/fd`;
  const names = await listIfAllowed(directory, system).catch(undefinedIfGone);
  if (names === undefined) return undefined;
  const links = await Promise.all(names.map((name) => system.readLink(`${directory}/${name}`).catch(undefinedIfGone)));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link ?? '')?.[1] ?? []));
}

/** The processes that have this socket open, as far as this user may see them. */
export async function holdersOf(inode: string, system: ReadableSystem): Promise<readonly number[]> {
  const names = ((await listIfAllowed('/proc', system)) ?? []).filter((name) => /^\d+$/.test(name)).map(Number);
  const holds = await Promise.all(names.map(async (processId) => (await socketsOf(processId, system))?.has(inode) ?? false));
  return names.filter((_, index) => holds[index]);
}

/** Whether a connection to `address` comes to a listener at `own`, should no other be in the way. */
export function isWildcard({ address }: Pick<TcpListener, 'address'>): boolean {
  return address === '0.0.0.0' || address === '[::]';
}

function tcpListener(line: string): TcpListener | [] {
  const [, local = '', , state, , , , userId, , inode] = line.trim().split(/\s+/);
  const [address = '', port = ''] = local.split(':');
  if (state !== LISTENS || inode === undefined) return [];
  return { address: addressOf(address), port: Number.parseInt(port, 16), userId: Number(userId), inode };
}

/** "0100007F" → "127.0.0.1"; 32 digits are four such words. */
function addressOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).toReversed());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.slice(index * 2, index * 2 + 2).join(''));
  // The shortest way to write it is the URL's, too.
  return new URL(`http://[${groups.join(':')}]`).hostname;
}

function readProcess(path: string, system: ReadableSystem): Promise<string | undefined> {
  return readIfAllowed(path, system).catch(undefinedIfGone);
}

const LISTENS = '0A';
// __SO_ACCEPTCON of the kernel.
const ACCEPTS_CONNECTIONS = 0x10000;
