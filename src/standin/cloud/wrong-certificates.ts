import { newAuthority, newSelfSigned, newServer, type Pair } from './certificate.ts';
import type { Misbehaviour, WrongCertificate } from './misbehaviour.ts';
import type { ServerIdentity } from './server-identity.ts';

/** The certificates that this server can show instead of its own. Each is made when a misbehaviour first wants it, and never written down. */
export interface WrongCertificates {
  prepare(misbehaviours: readonly Misbehaviour[]): Promise<void>;
  /** Undefined before it is made. */
  find(kind: WrongCertificate): Pair | undefined;
}

export function createWrongCertificates(identity: Signer): WrongCertificates {
  const made = new Map<WrongCertificate, Pair>();
  return {
    async prepare(misbehaviours) {
      for (const { certificate: kind } of misbehaviours)
        if (kind !== undefined && !made.has(kind)) made.set(kind, await recipes[kind](identity));
    },
    find: (kind) => made.get(kind),
  };
}

type Signer = Pick<ServerIdentity, 'authority' | 'names'>;
type Recipe = (signer: Signer) => Promise<Pair>;

const recipes: Readonly<Record<WrongCertificate, Recipe>> = {
  expired: ({ authority, names }) => newServer(authority, names, { isExpired: true }),
  'other-name': ({ authority }) => newServer(authority, ['wrong.example']),
  'self-signed': ({ names }) => newSelfSigned(names),
  'unknown-ca': async ({ names }) => newServer(await newAuthority(), names),
};
