import type { Database } from './database.ts';
import { isKeptOnline } from './node-rows.ts';

/** One thing that happened to a node. */
export interface HistoryRow {
  /** ISO 8601. */
  at: string;
  kind: string;
  /** A sentence for people. */
  text: string;
}

/** The last things that happened to each node. Changes are for inside of the database's `commit` or `note`. */
export interface History {
  /** Oldest first. */
  of(nodeId: string): HistoryRow[];
  add(nodeId: string, row: HistoryRow): void;
  /** To all nodes that are kept as online. */
  addToOnline(row: HistoryRow): void;
}

export function openHistory({ all, run }: Database): History {
  return {
    of: (nodeId) => all<HistoryRow>('SELECT at, kind, text FROM history WHERE nodeId = ? ORDER BY number', nodeId),
    add(nodeId, { at, kind, text }) {
      if (UNPROVEN.has(kind))
        run(
          `DELETE FROM history WHERE nodeId = ? AND kind = ? AND number >
             (SELECT coalesce(max(number), 0) FROM history WHERE nodeId = ? AND kind NOT IN (${SQL_UNPROVEN}))`,
          ...[nodeId, kind, nodeId],
        );
      // Of a node that nobody has claimed there is nothing to tell.
      const added = run(
        'INSERT INTO history (nodeId, at, kind, text) SELECT id, ?, ?, ? FROM nodes WHERE id = ?',
        ...[at, kind, text, nodeId],
      );
      if (added === 0) return;
      run(
        `DELETE FROM history WHERE nodeId = ? AND number <=
           (SELECT number FROM history WHERE nodeId = ? ORDER BY number DESC LIMIT 1 OFFSET ${ROWS_OF_ONE_NODE})`,
        ...[nodeId, nodeId],
      );
    },
    addToOnline: ({ at, kind, text }) =>
      void run(
        `INSERT INTO history (nodeId, at, kind, text) SELECT id, ?, ?, ? FROM nodes WHERE ${isKeptOnline}`,
        ...[at, kind, text],
      ),
  };
}

const ROWS_OF_ONE_NODE = 200;
// What anybody can ask for a node whose claim id they know. Of these in a row the last ones are kept: else they would take the place of all that was.
const UNPROVEN: ReadonlySet<string> = new Set(['env-asked', 'challenged', 'link-checked']);
const SQL_UNPROVEN = [...UNPROVEN].map((kind) => `'${kind}'`).join(', ');
