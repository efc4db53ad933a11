import { randomSecret, secretHash } from '../secrets.ts';

/** What is kept of a session: the hash of its secret in hex, never the secret. Times are ISO 8601. */
export interface KeptSession {
  hash: string;
  administrator: string;
  expiresAt: string;
}

/** Where sessions are kept, so that a restart signs nobody out. */
export interface SessionStore {
  add(session: KeptSession): void;
  /** Also one that has expired. */
  find(hash: string): KeptSession | undefined;
  extend(hash: string, expiresAt: string): void;
  remove(hash: string): void;
  removeExpired(now: string): void;
}

export interface Session {
  hash: string;
  administrator: string;
  /** What a page that may act for this session knows, and a page of another origin does not. */
  csrf: string;
}

export interface Sessions {
  /** The value of the cookie. */
  begin(administrator: string): string;
  /** The session of a cookie, if it is one; it then lives for another twelve hours. */
  find(secret: string): Session | undefined;
  /** True while the session goes on. Does not make it longer. */
  isOpen(hash: string): boolean;
  end(hash: string): void;
}

export function createSessions(store: SessionStore, now: () => number = Date.now): Sessions {
  const time = (millisecondsFromNow = 0) => new Date(now() + millisecondsFromNow).toISOString();
  const open = (hash: string) => {
    const kept = store.find(hash);
    return kept !== undefined && kept.expiresAt > time() ? kept : undefined;
  };
  return {
    begin(administrator) {
      const secret = randomSecret();
      store.removeExpired(time());
      store.add({ hash: hexHash(secret), administrator, expiresAt: time(LIFETIME) });
      return secret;
    },
    find(secret) {
      const kept = open(hexHash(secret));
      if (kept === undefined) return undefined;
      // Not at every request: each is a write to the disk.
      if (kept.expiresAt < time(LIFETIME - EXTENDED_EVERY)) store.extend(kept.hash, time(LIFETIME));
      return { hash: kept.hash, administrator: kept.administrator, csrf: hexHash(`csrf ${secret}`) };
    },
    isOpen: (hash) => open(hash) !== undefined,
    end: (hash) => store.remove(hash),
  };
}

function hexHash(text: string): string {
  return secretHash(text).toString('hex');
}

const LIFETIME = 12 * 3600_000;
const EXTENDED_EVERY = 60_000;
