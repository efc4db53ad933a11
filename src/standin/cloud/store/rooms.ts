import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';

/** A group of nodes in a space. */
export interface RoomRecord {
  id: string;
  spaceId: string;
  name: string;
}

/** Changes are for inside of the database's `commit`. */
export interface Rooms {
  /** With the number of nodes in each. */
  inSpace(spaceId: string): { id: string; name: string; nodes: number }[];
  find(id: string): RoomRecord | undefined;
  add(spaceId: string, name: string, id?: string): RoomRecord;
  rename(id: string, name: string): void;
  /** Its nodes stay in the space. */
  remove(id: string): void;
}

export function openRooms({ all, one, run }: Database): Rooms {
  return {
    inSpace: (spaceId) =>
      all(
        `SELECT id, name, (SELECT count(*) FROM nodeRooms JOIN nodes ON nodes.id = nodeRooms.nodeId
           WHERE roomId = rooms.id AND removedAt IS NULL) AS nodes FROM rooms WHERE spaceId = ? ORDER BY number`,
        spaceId,
      ),
    find: (id) => one<RoomRecord>('SELECT id, spaceId, name FROM rooms WHERE id = ?', id),
    add(spaceId, name, id = randomUUID()) {
      run('INSERT INTO rooms (id, spaceId, name) VALUES (?, ?, ?)', id, spaceId, name);
      return { id, spaceId, name };
    },
    rename: (id, name) => void run('UPDATE rooms SET name = ? WHERE id = ?', name, id),
    remove: (id) => void run('DELETE FROM rooms WHERE id = ?', id),
  };
}
