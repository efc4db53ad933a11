import type { ReadableSystem } from '../system/system.ts';
import { readIfAllowed } from './allowed-reads.ts';
import { holdersOf, isWildcard, type TcpListener, tcpListeners } from './kernel-sockets.ts';
import { userNameOf } from './privileges.ts';
import type { WebPlace } from './web-places.ts';

/** Somebody who listens where an agent would. */
export interface PortHolder {
  port: number;
  processId?: number;
  /** "Port 19999 is held by python3 (process 812, user ann)". */
  says: string;
}

/** The first other program that listens where one of these places would have to; undefined when all of them are free, or held by a process of our own. */
export async function portHolder(
  places: readonly WebPlace[],
  system: ReadableSystem,
  isOwn: (processId: number) => boolean | Promise<boolean> = () => false,
): Promise<PortHolder | undefined> {
  const listeners = await tcpListeners('self', system);
  for (const place of places) {
    for (const listener of listeners) {
      if (place.kind !== 'tcp' || !isInTheWay(listener, place)) continue;
      const holders = await holdersOf(listener.inode, system);
      const own = await Promise.all(holders.map(async (processId) => isOwn(processId)));
      if (!own.includes(true)) return holderAt(listener, holders[0], system);
    }
  }
  return undefined;
}

/** A name can mean any address: it is taken for one that is held, too. */
function isInTheWay(listener: TcpListener, { host, port }: WebPlace & { kind: 'tcp' }): boolean {
  if (listener.port !== port) return false;
  const isAddress = /^[\d.]+$|:/.test(host);
  return host === '*' || !isAddress || isWildcard(listener) || listener.address === (host.includes(':') ? `[${host}]` : host);
}

async function holderAt(
  { address, port, userId }: TcpListener,
  processId: number | undefined,
  system: ReadableSystem,
): Promise<PortHolder> {
  const user = `user ${await userNameOf(userId, system)}`;
  const at = isWildcard({ address }) ? `Port ${port}` : `${address}:${port}`;
  if (processId === undefined) return { port, says: `${at} is held by another program (${user})` };
  const name = (await readIfAllowed(`/proc/${processId}/comm`, system))?.trim() || 'another program';
  return { port, processId, says: `${at} is held by ${name} (process ${processId}, ${user})` };
}
