import type { Database } from './database.ts';

/** When links were last seen to be up, by a Cloud that may have been killed since. The change is for inside of the database's `note`. */
export interface LastSeen {
  /** ISO 8601; undefined when no link was up yet. */
  at(): string | undefined;
  set(at: string): void;
}

export function openLastSeen({ one, run }: Database): LastSeen {
  return {
    at: () => one<{ at: string }>('SELECT at FROM lastSeen')?.at,
    set: (at) =>
      void run('INSERT INTO lastSeen (number, at) VALUES (1, ?) ON CONFLICT (number) DO UPDATE SET at = excluded.at', at),
  };
}
