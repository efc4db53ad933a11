import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { KickstartError } from '../../errors.ts';
import { faultOf, isFor, newAuthority, newServer, type Pair } from './certificate.ts';
import { readIfThere, writeDurably } from './durable-file.ts';

export interface ServerIdentity extends Pair {
  /** What clients must trust: `ca.pem` in the data directory, or the file of the certificate that was given. */
  caFile: string;
  /** Our own CA, also where it has not signed what is shown. */
  authority: Pair;
  /** Whom the certificate is for. */
  names: readonly string[];
}

/** A key and a certificate from elsewhere, checked by whoever gives them. */
export interface GivenPair extends Pair {
  certificateFile: string;
}

/**
 * The server's key and certificate, for 127.0.0.1, ::1, localhost and `host`, signed by a CA of its own.
 * Where `host` is every address of the machine, it is for all that the machine has, and its name.
 * It is made anew when missing, damaged or about to expire. The CA is made once, so that a client that trusts `ca.pem` goes on doing so.
 * A pair that is given is taken as it is. Throws CLOUD_DATA_UNUSABLE for a CA that cannot be used.
 */
export async function loadServerIdentity(dataDirectory: string, host: string, given?: GivenPair): Promise<ServerIdentity> {
  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...namesOf(host)])];
  const authority = await loadAuthority(dataDirectory);
  if (given !== undefined) return { ...given, caFile: given.certificateFile, authority, names };
  const kept = await wholePair(dataDirectory, 'server');
  const isGood = kept !== undefined && faultOf(kept) === undefined && isFor(kept, authority, names);
  const server = isGood ? kept : await keep(dataDirectory, 'server', await newServer(authority, names));
  return { ...server, caFile: join(dataDirectory, 'ca.pem'), authority, names };
}

function namesOf(host: string): readonly string[] {
  if (!isAnyAddress(host)) return [host];
  const addresses = Object.values(networkInterfaces()).flatMap((all = []) => all);
  // A link-local address is nothing without its interface, which a certificate cannot name.
  const reachable = addresses.filter(({ internal, address }) => !internal && !/^fe80:/i.test(address));
  return [hostname(), ...reachable.map(({ address }) => address)];
}

export function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** The one that is there, or a new one. Never a new one in the place of another: no agent that trusts that one would come back. */
async function loadAuthority(dataDirectory: string): Promise<Pair> {
  const read = (name: string) => readIfThere(join(dataDirectory, name));
  const [key, certificate, signed] = [await read('ca.key'), await read('ca.pem'), await read('server.pem')];
  // The key is written first, and what the CA signs comes last: a key alone is of a first start that was killed.
  if (certificate === undefined && (key === undefined || signed === undefined))
    return keep(dataDirectory, 'ca', await newAuthority());
  if (key === undefined || certificate === undefined) throw unusableAuthority(dataDirectory, 'One of the two files is missing.');
  const fault = faultOf({ key, certificate });
  if (fault !== undefined) throw unusableAuthority(dataDirectory, fault);
  return { key, certificate };
}

function unusableAuthority(dataDirectory: string, why: string): KickstartError {
  const files = `${join(dataDirectory, 'ca.key')} and ${join(dataDirectory, 'ca.pem')}`;
  return new KickstartError('CLOUD_DATA_UNUSABLE', {
    what: `The Cloud cannot start with its CA, ${files}.`,
    why,
    next: 'Set the clock right, or bring both files back from a copy. Or move both away: the Cloud then makes a new CA, and no agent that was claimed before trusts it until it is given the new ca.pem.',
  });
}

async function wholePair(dataDirectory: string, name: string): Promise<Pair | undefined> {
  const key = await readIfThere(join(dataDirectory, `${name}.key`));
  const certificate = await readIfThere(join(dataDirectory, `${name}.pem`));
  return key === undefined || certificate === undefined ? undefined : { key, certificate };
}

async function keep(dataDirectory: string, name: string, pair: Pair): Promise<Pair> {
  await writeDurably(join(dataDirectory, `${name}.key`), pair.key);
  await writeDurably(join(dataDirectory, `${name}.pem`), pair.certificate, 0o644);
  return pair;
}
