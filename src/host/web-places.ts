/** One entry of "bind to": where an agent's web server is meant to listen. */
export type WebPlace =
  | {
      kind: 'tcp';
      /** As it is written, without brackets: an address, a name, or `*` for every address. */
      host: string;
      port: number;
      /** Whether it answers questions about the agent itself, and not only, say, streams. */
      answers: boolean;
    }
  | { kind: 'unix'; path: string; answers: true };

/**
 * "bind to" of [web] → its places, in order: entries between blanks or commas; tcp:, unix: or udp: before, %interface and :port behind the
 * host; then = and permissions between |, with ^SSL=… at the end. Source: agent libnetdata/socket/socket.c, bind_to_this() and read_acl(), 1.37.1
 * and 2.10.4.
 */
export function webPlaces(bindTo: string, defaultPort: number): readonly WebPlace[] {
  return bindTo.split(/[\s,]+/).flatMap((entry) => placeOf(entry, defaultPort) ?? []);
}

function placeOf(entry: string, defaultPort: number): WebPlace | undefined {
  if (entry === '' || entry.startsWith('udp:')) return undefined;
  if (entry.startsWith('unix:')) return { kind: 'unix', path: entry.slice('unix:'.length), answers: true };
  const [, bracketed, bare = '', port = '', permissions] =
    /^(?:tcp:)?(?:\[([^\]]*)\]|([^:%=]*))(?:%[^:=]*)?(?::([^=]*))?(?:=(.*))?$/.exec(entry) ?? [];
  const host = bracketed ?? bare;
  return {
    kind: 'tcp',
    host: anyAddress.has(host) ? '*' : host,
    port: toPort(port) ?? defaultPort,
    answers: permissions === undefined || permissions.split(/[|^]/).includes('dashboard'),
  };
}

/** The first place that people can look at from this machine; undefined where there is none. */
export function webUrl(places: readonly WebPlace[]): string | undefined {
  for (const place of places) {
    if (place.kind === 'unix' || !place.answers) continue;
    const host = place.host === '*' ? '127.0.0.1' : place.host.includes(':') ? `[${place.host}]` : place.host;
    return `http://${host}:${place.port}`;
  }
  return undefined;
}

export function toPort(text: string | undefined): number | undefined {
  const port = Number(text);
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined;
}

const anyAddress: ReadonlySet<string> = new Set(['', '*', 'any', 'all', '0.0.0.0', '::']);
