import type { HttpAnswer } from '../system/system.ts';
import { linkOrigin } from './link-request.ts';
import type { LinkTraits } from './link-traits.ts';

/** Where the answer to /env sends an agent. Both are https URLs. */
export interface EnvPlaces {
  authEndpoint: string;
  /** Without a path: agents drop it. */
  broker: string;
}

/** Reads the answer as an agent of these traits does; `problem` completes "it cannot be used:". Source: spec/claiming-and-link.md 7.1, 7.3 and 7.4. */
export function readEnv({ status, headers, body }: HttpAnswer, traits: LinkTraits): EnvPlaces | { problem: string } {
  if (status !== 200) return { problem: `its status is ${status}` };
  if (!traits.readsChunks && headers['content-length'] === undefined)
    return { problem: 'it does not say its length, and this version reads no other' };
  const env = parsed(body);
  if (env === undefined) return { problem: 'it is not a JSON object' };
  const { authEndpoint, encoding, capabilities, transports } = env;
  if (encoding !== 'proto' && (traits.protoOnly || encoding !== 'json'))
    return { problem: 'it asks for a protocol that this agent does not speak' };
  if (encoding === 'proto' && !(Array.isArray(capabilities) && capabilities.includes('proto')))
    return { problem: 'it asks for the new protocol, and does not name it among its capabilities' };
  const auth = typeof authEndpoint === 'string' ? linkOrigin(authEndpoint) : undefined;
  if (auth === undefined || typeof authEndpoint !== 'string') return { problem: 'its authEndpoint is no URL' };
  const endpoint = usable(Array.isArray(transports) ? transports : [], traits);
  if (endpoint === undefined) return { problem: `it has no transport for this version, which wants ${traits.transport}` };
  const broker = linkOrigin(endpoint);
  if (broker === undefined) return { problem: 'the endpoint of its transport is no URL' };
  return { authEndpoint: `${auth}${pathOf(authEndpoint)}`, broker };
}

function usable(transports: readonly unknown[], { transport, takesFirst }: LinkTraits): string | undefined {
  const rows = transports.map((row) => (typeof row === 'object' && row !== null ? row : {}));
  const found = takesFirst ? rows[0] : rows.find((row) => 'type' in row && row.type === transport);
  const isRight = found !== undefined && 'type' in found && found.type === transport;
  return isRight && 'endpoint' in found && typeof found.endpoint === 'string' ? found.endpoint : undefined;
}

function pathOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1]?.replace(/\/$/, '') ?? '';
}

function parsed(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : undefined;
  } catch {
    return undefined;
  }
}
