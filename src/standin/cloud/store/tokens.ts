import { randomUUID } from 'node:crypto';
import { randomSecret, secretHash } from '../secrets.ts';
import type { Database } from './database.ts';

export type TokenState = 'good' | 'expired' | 'revoked' | 'used-up';

/** What is shown of a claiming token; the token itself is kept nowhere. */
export interface TokenView {
  id: string;
  spaceId: string;
  name: string;
  /** Its last four characters. */
  hint: string;
  createdAt: string;
  expiresAt?: string;
  revokedAt?: string;
  maximumClaims?: number;
  /** How many nodes came with it. */
  claims: number;
  state: TokenState;
}

/** What an administrator says of a new token. */
export interface NewToken {
  spaceId: string;
  name: string;
  expiresAt?: string;
  maximumClaims?: number;
  /** One that somebody has already; otherwise a random one is made. */
  secret?: string;
}

/** A token with its secret, which is shown this once. */
export interface MadeToken {
  token: TokenView;
  secret: string;
}

/** Changes are for inside of the database's `commit`. */
export interface Tokens {
  inSpace(spaceId: string): TokenView[];
  find(id: string): TokenView | undefined;
  /** By its secret. Looked up by its hash, so that the time tells nothing of the secret. */
  withSecret(secret: string): TokenView | undefined;
  add(token: NewToken): MadeToken;
  /** A new secret for the token, with its claims counted anew; the old one is no longer good. One that was revoked is good again. */
  regenerate(id: string): MadeToken;
  revoke(id: string): void;
  countClaim(id: string): void;
}

export function openTokens({ all, one, run }: Database): Tokens {
  const find = (id: string) => withState(one<TokenRow>(`SELECT ${COLUMNS} FROM tokens WHERE id = ?`, id));

  function made(id: string, secret: string): MadeToken {
    const token = find(id);
    if (token === undefined) throw new Error(`No token has the id ${id}.`);
    return { token, secret };
  }

  return {
    inSpace: (spaceId) =>
      all<TokenRow>(`SELECT ${COLUMNS} FROM tokens WHERE spaceId = ? ORDER BY number`, spaceId).map((row) => withState(row)),
    find,
    withSecret: (secret) => withState(one<TokenRow>(`SELECT ${COLUMNS} FROM tokens WHERE hash = ?`, secretHash(secret))),
    add({ spaceId, name, expiresAt, maximumClaims, secret = randomSecret() }) {
      const id = randomUUID();
      run(
        'INSERT INTO tokens (id, spaceId, name, hash, hint, createdAt, expiresAt, maximumClaims) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        ...[id, spaceId, name, secretHash(secret), hintOf(secret), new Date().toISOString()],
        ...[expiresAt ?? null, maximumClaims ?? null],
      );
      return made(id, secret);
    },
    regenerate(id) {
      const secret = randomSecret();
      run(
        'UPDATE tokens SET hash = ?, hint = ?, revokedAt = NULL, claims = 0 WHERE id = ?',
        secretHash(secret),
        hintOf(secret),
        id,
      );
      return made(id, secret);
    },
    revoke: (id) => void run('UPDATE tokens SET revokedAt = ? WHERE id = ? AND revokedAt IS NULL', new Date().toISOString(), id),
    countClaim: (id) => void run('UPDATE tokens SET claims = claims + 1 WHERE id = ?', id),
  };
}

type TokenRow = Omit<TokenView, 'state'>;

function withState(row: TokenRow): TokenView;
function withState(row: TokenRow | undefined): TokenView | undefined;
function withState(row: TokenRow | undefined): TokenView | undefined {
  return row === undefined ? undefined : { ...row, state: stateOf(row) };
}

function stateOf({ expiresAt, revokedAt, maximumClaims, claims }: TokenRow): TokenState {
  if (revokedAt !== undefined) return 'revoked';
  if (expiresAt !== undefined && Date.parse(expiresAt) <= Date.now()) return 'expired';
  return maximumClaims !== undefined && claims >= maximumClaims ? 'used-up' : 'good';
}

// Of a short one, which only space.json can bring, four characters would be too many.
function hintOf(secret: string): string {
  return secret.length < 16 ? '' : secret.slice(-4);
}

const COLUMNS = 'id, spaceId, name, hint, createdAt, expiresAt, revokedAt, maximumClaims, claims';
