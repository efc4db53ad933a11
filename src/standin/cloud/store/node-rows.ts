import type { NodeRecord, NodeReports, OfflineReason } from '../node-state.ts';
import type { Database } from './database.ts';

/** What a claim says of a node. */
export interface ClaimedNode {
  id: string;
  spaceId: string;
  publicKey: string;
  hostname: string;
  machineGuid?: string;
  rooms: readonly string[];
}

export type NodeRow = NodeRecord & { id: string };

export interface NodeCounts {
  total: number;
  neverConnected: number;
}

/** All nodes that were ever claimed. Changes are for inside of the database's `commit` or `note`. */
export interface NodeRows {
  /** Also one that was removed. */
  find(id: string): NodeRow | undefined;
  /** In the order of their claims. */
  all(which: { spaceId?: string; removed: boolean }): NodeRow[];
  /** Without the removed ones. */
  count(spaceId: string): NodeCounts;
  /** A new node, or one that was removed and is new again. */
  add(node: ClaimedNode): void;
  /** What a repeated claim changes. Another machine does not have the node id that was given out. */
  renew(node: ClaimedNode): void;
  setRooms(id: string, rooms: readonly string[]): void;
  /** True when the node has this node id now: it keeps the first. */
  setNodeId(id: string, nodeId: string): boolean;
  setOnline(id: string, at: string): void;
  setOffline(id: string, at: string, reason: OfflineReason): void;
  setReports(id: string, reports: NodeReports): void;
  /** Keeps what is needed to say that it was removed; its key is not. */
  remove(id: string, at: string): void;
  /** All that are kept as online. */
  setAllOffline(at: string, reason: OfflineReason): void;
}

/** What is true of the row of a node that is online, and of one that was when the Cloud was killed. */
export const isKeptOnline = 'firstOnlineAt IS NOT NULL AND offlineAt IS NULL AND removedAt IS NULL';

export function openNodeRows({ all, one, run }: Database): NodeRows {
  function setRooms(id: string, rooms: readonly string[]): void {
    run('DELETE FROM nodeRooms WHERE nodeId = ?', id);
    for (const [position, room] of [...new Set(rooms)].entries())
      run('INSERT INTO nodeRooms (nodeId, roomId, position) VALUES (?, ?, ?)', id, room, position);
  }

  return {
    find: (id) => toRecord(one<KeptRow>(`SELECT ${COLUMNS} FROM nodes WHERE id = ?`, id)),
    all: ({ spaceId = null, removed }) =>
      all<KeptRow>(
        `SELECT ${COLUMNS} FROM nodes WHERE (? IS NULL OR spaceId = ?) AND (removedAt IS NOT NULL) = ? ORDER BY number`,
        ...[spaceId, spaceId, Number(removed)],
      ).map((row) => toRecord(row)),
    count(spaceId) {
      const counts = one<NodeCounts>(
        'SELECT count(*) AS total, count(*) - count(firstOnlineAt) AS neverConnected FROM nodes WHERE spaceId = ? AND removedAt IS NULL',
        spaceId,
      );
      return counts ?? { total: 0, neverConnected: 0 };
    },
    add({ id, spaceId, publicKey, hostname, machineGuid = null, rooms }) {
      run(
        `INSERT INTO nodes (id, spaceId, publicKey, hostname, machineGuid, claimedAt) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET spaceId = excluded.spaceId, publicKey = excluded.publicKey, hostname = excluded.hostname,
           machineGuid = excluded.machineGuid, claimedAt = excluded.claimedAt, nodeId = NULL, firstOnlineAt = NULL,
           offlineAt = NULL, offlineReason = NULL, removedAt = NULL, reports = NULL`,
        ...[id, spaceId, publicKey, hostname, machineGuid, new Date().toISOString()],
      );
      setRooms(id, rooms);
    },
    renew({ id, spaceId, publicKey, hostname, machineGuid = null, rooms }) {
      run(
        `UPDATE nodes SET nodeId = CASE WHEN machineGuid IS ? THEN nodeId END, machineGuid = ?, spaceId = ?, publicKey = ?,
           hostname = ?, claimedAt = ? WHERE id = ?`,
        ...[machineGuid, machineGuid, spaceId, publicKey, hostname, new Date().toISOString(), id],
      );
      setRooms(id, rooms);
    },
    setRooms,
    setNodeId: (id, nodeId) =>
      run('UPDATE nodes SET nodeId = ? WHERE id = ? AND (nodeId IS NULL OR nodeId = ?)', nodeId, id, nodeId) === 1,
    setOnline: (id, at) =>
      void run(
        'UPDATE nodes SET firstOnlineAt = coalesce(firstOnlineAt, ?), offlineAt = NULL, offlineReason = NULL WHERE id = ?',
        ...[at, id],
      ),
    setOffline: (id, at, reason) => void run('UPDATE nodes SET offlineAt = ?, offlineReason = ? WHERE id = ?', at, reason, id),
    setReports: (id, reports) => void run('UPDATE nodes SET reports = ? WHERE id = ?', JSON.stringify(reports), id),
    remove(id, at) {
      run("UPDATE nodes SET removedAt = ?, publicKey = '' WHERE id = ? AND removedAt IS NULL", at, id);
      run('DELETE FROM nodeRooms WHERE nodeId = ?', id);
    },
    setAllOffline: (at, reason) =>
      void run(`UPDATE nodes SET offlineAt = ?, offlineReason = ? WHERE ${isKeptOnline}`, at, reason),
  };
}

/** Rooms and reports are JSON. */
type KeptRow = Omit<NodeRow, 'rooms' | 'reports'> & { rooms: string; reports?: string };

function toRecord(row: KeptRow): NodeRow;
function toRecord(row: KeptRow | undefined): NodeRow | undefined;
function toRecord(row: KeptRow | undefined): NodeRow | undefined {
  return row === undefined ? undefined : { ...row, rooms: JSON.parse(row.rooms), reports: JSON.parse(row.reports ?? '{}') };
}

const COLUMNS = `id, spaceId, publicKey, hostname, machineGuid, claimedAt, nodeId, firstOnlineAt, offlineAt, offlineReason, removedAt,
  reports, (SELECT json_group_array(roomId ORDER BY position) FROM nodeRooms WHERE nodeRooms.nodeId = nodes.id) AS rooms`;
