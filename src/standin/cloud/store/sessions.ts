import type { KeptSession, SessionStore } from '../web/sessions.ts';
import type { Database } from './database.ts';

/** Who is signed in. What a crash takes of this has only to sign in again, so nobody waits for the disk. */
export function openSessions({ one, run, note }: Database): SessionStore {
  return {
    add: ({ hash, administrator, expiresAt }) =>
      note(() => run('INSERT INTO sessions (hash, administrator, expiresAt) VALUES (?, ?, ?)', hash, administrator, expiresAt)),
    find: (hash) => one<KeptSession>('SELECT hash, administrator, expiresAt FROM sessions WHERE hash = ?', hash),
    extend: (hash, expiresAt) => note(() => run('UPDATE sessions SET expiresAt = ? WHERE hash = ?', expiresAt, hash)),
    remove: (hash) => note(() => run('DELETE FROM sessions WHERE hash = ?', hash)),
    removeExpired: (now) => note(() => run('DELETE FROM sessions WHERE expiresAt <= ?', now)),
  };
}
