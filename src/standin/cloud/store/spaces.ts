import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';

/**
 * What happens when a node that is known is claimed again. Same key: accepted when it proves to be the node by its key, in the same
 * space. Refuse: never. Replace: whoever has a good token takes the node over, also into another space.
 */
export type RepeatClaims = 'same-key' | 'refuse' | 'replace';

/** Nodes are claimed into a space, with one of its tokens. */
export interface SpaceRecord {
  id: string;
  name: string;
  createdAt: string;
  repeatClaims: RepeatClaims;
}

/** Changes are for inside of the database's `commit`. */
export interface Spaces {
  all(): SpaceRecord[];
  find(id: string): SpaceRecord | undefined;
  add(name: string): SpaceRecord;
  rename(id: string, name: string): void;
  setRepeatClaims(id: string, policy: RepeatClaims): void;
  /** With its rooms, its tokens, and what is kept of nodes that were removed. */
  remove(id: string): void;
}

export function openSpaces({ all, one, run }: Database): Spaces {
  return {
    all: () => all<SpaceRecord>(`SELECT ${COLUMNS} FROM spaces ORDER BY number`),
    find: (id) => one<SpaceRecord>(`SELECT ${COLUMNS} FROM spaces WHERE id = ?`, id),
    add(name) {
      const space: SpaceRecord = { id: randomUUID(), name, createdAt: new Date().toISOString(), repeatClaims: 'same-key' };
      run('INSERT INTO spaces (id, name, createdAt) VALUES (?, ?, ?)', space.id, name, space.createdAt);
      return space;
    },
    rename: (id, name) => void run('UPDATE spaces SET name = ? WHERE id = ?', name, id),
    setRepeatClaims: (id, policy) => void run('UPDATE spaces SET repeatClaims = ? WHERE id = ?', policy, id),
    remove: (id) => void run('DELETE FROM spaces WHERE id = ?', id),
  };
}

const COLUMNS = 'id, name, createdAt, repeatClaims';
