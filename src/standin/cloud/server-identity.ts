import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { isFor, isUsable, newAuthority, newServer, type Pair } from './certificate.ts';
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
 * Both are made when missing, damaged or about to expire, and kept otherwise, so that a client that trusts `ca.pem` goes on doing so.
 * A pair that is given is taken as it is.
 */
export async function loadServerIdentity(dataDirectory: string, host: string, given?: GivenPair): Promise<ServerIdentity> {
  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...namesOf(host)])];
  const authority = (await keptPair(dataDirectory, 'ca')) ?? (await keep(dataDirectory, 'ca', await newAuthority()));
  if (given !== undefined) return { ...given, caFile: given.certificateFile, authority, names };
  const kept = await keptPair(dataDirectory, 'server');
  const isGood = kept !== undefined && isFor(kept, authority, names);
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

async function keptPair(dataDirectory: string, name: string): Promise<Pair | undefined> {
  const key = await readIfThere(join(dataDirectory, `${name}.key`));
  const certificate = await readIfThere(join(dataDirectory, `${name}.pem`));
  if (key === undefined || certificate === undefined) return undefined;
  return isUsable({ key, certificate }) ? { key, certificate } : undefined;
}

async function keep(dataDirectory: string, name: string, pair: Pair): Promise<Pair> {
  await writeDurably(join(dataDirectory, `${name}.key`), pair.key);
  await writeDurably(join(dataDirectory, `${name}.pem`), pair.certificate, 0o644);
  return pair;
}
