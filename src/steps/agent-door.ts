import type { AgentSettings } from '../host/agent-configuration.ts';
import { isWildcard, socketsOf, type TcpListener, tcpListeners, unixListeners } from '../host/kernel-sockets.ts';
import type { ReadableSystem } from '../system/system.ts';
import { type AgentProcess, isStillThere } from './agent-process.ts';

/** Where a running agent can be asked, by a socket that is its own. */
export type AgentDoor = {
  process: AgentProcess;
  /** Of the socket that listens. */
  inode: string;
  /** The socket was seen to be open in the process. Else this user may not look, and only its owner is known to be right. */
  isSeen: boolean;
} & (
  | {
      kind: 'web';
      /** "http://127.0.0.1:19999": also what people are shown. */
      url: string;
      socketPath?: string;
    }
  | {
      kind: 'pipe';
      /** Of the agent, for its netdatacli. */
      root: string;
      path?: string;
    }
);

export type WebDoor = AgentDoor & { kind: 'web' };

/**
 * Where the web server of this very process listens, what its settings name first. Sockets of others do not count, whatever port they are at: any
 * local user can listen there while the agent does not.
 */
export async function webDoors(
  process: AgentProcess,
  { webPlaces }: Pick<AgentSettings, 'webPlaces'>,
  system: ReadableSystem,
): Promise<readonly WebDoor[]> {
  const { processId, user } = process;
  const [tcp, unix, sockets] = await Promise.all([
    tcpListeners(processId, system),
    unixListeners(processId, system),
    socketsOf(processId, system),
  ]);
  if (!(await isInOurNetwork(processId, system))) return [];
  const isOwn = ({ inode, userId }: TcpListener) => sockets?.has(inode) ?? (userId === 0 || userId === user.userId);
  const rank = ({ port }: TcpListener) => {
    const places = webPlaces.filter((place) => place.kind === 'tcp' && place.port === port);
    if (places.length === 0) return sockets === undefined || port === STATSD_PORT ? undefined : 1;
    return places.some(({ answers }) => answers) ? 0 : undefined;
  };
  const web = tcp
    .filter((listener) => isOwn(listener) && !tcp.some((other) => isNearer(other, listener) && !isOwn(other)))
    .flatMap((listener) => ({ listener, place: rank(listener) ?? [] }))
    .toSorted((one, other) => Number(one.place) - Number(other.place));
  const paths = new Set(webPlaces.flatMap((place) => (place.kind === 'unix' ? place.path : [])));
  const isSeen = sockets !== undefined;
  return [
    ...web.flatMap(({ listener, place }): WebDoor | [] =>
      typeof place !== 'number'
        ? []
        : { kind: 'web', process, isSeen, inode: listener.inode, url: `http://${reachable(listener)}:${listener.port}` },
    ),
    ...unix
      .filter(({ path, inode }) => paths.has(path) && sockets?.has(inode))
      .map(({ path, inode }): WebDoor => ({ kind: 'web', process, isSeen, inode, url: 'http://localhost', socketPath: path })),
  ];
}

/** Whether the door is still that of the process: what was heard in between came from it. */
export async function isStillOwn({ process, inode, isSeen }: AgentDoor, system: ReadableSystem): Promise<boolean> {
  if (!(await isStillThere(process, system))) return false;
  if (!isSeen) return (await tcpListeners(process.processId, system)).some((listener) => listener.inode === inode);
  return (await socketsOf(process.processId, system))?.has(inode) ?? false;
}

/** Whether a connection that is meant for `own` goes to `other`: one at the very address comes before one at every address. */
function isNearer(other: TcpListener, own: TcpListener): boolean {
  return other.port === own.port && other.inode !== own.inode && [own.address, reachable(own)].includes(other.address);
}

function reachable(listener: TcpListener): string {
  if (!isWildcard(listener)) return listener.address;
  return listener.address === '[::]' ? '[::1]' : '127.0.0.1';
}

async function isInOurNetwork(processId: number, system: ReadableSystem): Promise<boolean> {
  const namespaces = [`/proc/${processId}/ns/net`, '/proc/self/ns/net'];
  const [theirs, ours] = await Promise.all(namespaces.map((path) => system.readLink(path).catch(() => undefined)));
  return theirs === undefined || theirs === ours;
}

/** Of the collector in the agent's own process, which takes what it hears for metrics. */
const STATSD_PORT = 8125;
