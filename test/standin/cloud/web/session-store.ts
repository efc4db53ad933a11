import type { KeptSession, SessionStore } from '../../../../src/standin/cloud/web/sessions.ts';

/** Sessions in memory. */
export function newSessionStore(): SessionStore & { rows: ReadonlyMap<string, KeptSession> } {
  const rows = new Map<string, KeptSession>();
  return {
    rows,
    add: (session) => void rows.set(session.hash, session),
    find: (hash) => rows.get(hash),
    extend(hash, expiresAt) {
      const row = rows.get(hash);
      if (row !== undefined) rows.set(hash, { ...row, expiresAt });
    },
    remove: (hash) => void rows.delete(hash),
    removeExpired(now) {
      for (const [hash, { expiresAt }] of rows) if (expiresAt <= now) rows.delete(hash);
    },
  };
}
