import { type Link, linkOfRecord, type NodeRecord, type NodeReports, type NodeView } from './node-state.ts';
import type { HistoryRow } from './store/history.ts';
import type { NodeRow } from './store/node-rows.ts';
import type { Store } from './store/store.ts';

/** All claimed nodes as they are now: what the store keeps of them, and the links that are up. */
export interface Nodes {
  /** Undefined also for one that was removed. */
  find(id: string): NodeRecord | undefined;
  views(which?: WhichNodes): readonly NodeView[];
  /** Also of one that was removed. */
  view(id: string): NodeView | undefined;
  link(id: string): Link;
  setLink(id: string, link: Link): void;
  report(id: string, reports: NodeReports): void;
  /** Resolves when it is on disk: true when the node has this node id now, false when it has another already. */
  setNodeId(id: string, nodeId: string): Promise<boolean>;
  setRooms(id: string, rooms: readonly string[]): Promise<void>;
  remove(id: string): Promise<void>;
  /** Keeps what happened to a node. */
  note(id: string, row: HistoryRow): void;
  /** The last things that happened to a node, oldest first. */
  history(id: string): readonly HistoryRow[];
  count(spaceId: string): NodeCounts;
  /** Not kept over a restart. */
  latestQuery(id: string): LatestQuery | undefined;
  setLatestQuery(id: string, query: LatestQuery): void;
}

/** A request that was sent to an agent through its link; without a status when no answer came. */
export interface LatestQuery {
  at: string;
  path: string;
  milliseconds: number;
  status?: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** True when the body was longer. */
  isCut?: boolean;
}

export interface WhichNodes {
  spaceId?: string;
  /** Those that were removed, and no others. */
  removed?: boolean;
}

export interface NodeCounts {
  total: number;
  online: number;
  offline: number;
  neverConnected: number;
}

export function openNodes({ database, nodes, history, lastSeen }: Store): Nodes {
  // Of the nodes that had a link since the start. What is here is true also when the disk did not take it.
  const live = new Map<string, { spaceId: string; link: Link; firstOnlineAt: string }>();
  // Ids of the nodes whose link the disk did not take, and the timer after which it is asked again.
  const unkept = new Set<string>();
  let repeating: NodeJS.Timeout | undefined;
  let isSeeing = false;
  const queries = new Map<string, LatestQuery>();
  const linkOf = (row: NodeRow): Link => live.get(row.id)?.link ?? linkOfRecord(row);
  noteBrokenLinks();

  function find(id: string): NodeRow | undefined {
    const row = nodes.find(id);
    return row?.removedAt === undefined ? row : undefined;
  }

  function viewOf(row: NodeRow): NodeView {
    const { reports, removedAt, offlineAt, offlineReason, ...record } = row;
    const link = linkOf(row);
    return {
      ...record,
      ...(link.state === 'online' ? reports : lastingReports(reports)),
      ...(removedAt === undefined ? {} : { removed: removedAt }),
      link,
    };
  }

  function keepLinks(ids: readonly string[], alsoKeep: () => void = () => undefined): void {
    for (const id of ids) unkept.delete(id);
    const write = () => {
      for (const id of ids) writeLink(id);
      alsoKeep();
    };
    database.note(write, () => {
      for (const id of ids) if (live.has(id)) unkept.add(id);
      if (repeating === undefined) repeating = setTimeout(repeat, REPEATED_AFTER_MILLISECONDS).unref();
    });
  }

  function repeat(): void {
    repeating = undefined;
    keepLinks([...unkept]);
  }

  function writeLink(id: string): void {
    const known = live.get(id);
    if (known === undefined) return;
    // Also of one that is offline: that it was online may not have been kept.
    nodes.setOnline(id, known.firstOnlineAt);
    if (known.link.state === 'offline') nodes.setOffline(id, known.link.since, known.link.reason);
  }

  /** Keeps, while there are links, until when they were up: a Cloud that is killed has no other moment to do so. */
  function keepSeeing(): void {
    if (isSeeing) return;
    isSeeing = true;
    setTimeout(() => {
      isSeeing = false;
      if (![...live.values()].some(({ link }) => link.state === 'online')) return;
      database.note(() => lastSeen.set(new Date().toISOString()));
      keepSeeing();
    }, SEEN_EVERY_MILLISECONDS).unref();
  }

  /** Whatever links there were when the Cloud ended, they are gone since it has last seen them. */
  function noteBrokenLinks(): void {
    const [now, seen] = [new Date().toISOString(), lastSeen.at()];
    const at = seen !== undefined && seen < now ? seen : now;
    database.note(() => {
      history.addToOnline({ at, kind: 'offline', text: 'Offline: the Cloud was ended' });
      nodes.setAllOffline(at, 'closed');
    });
  }

  return {
    find,
    views: ({ spaceId, removed = false } = {}) =>
      nodes.all({ ...(spaceId === undefined ? {} : { spaceId }), removed }).map(viewOf),
    view(id) {
      const row = nodes.find(id);
      return row === undefined ? undefined : viewOf(row);
    },
    link(id) {
      const row = find(id);
      return row === undefined ? { state: 'never-connected' } : linkOf(row);
    },
    setLink(id, link) {
      const row = find(id);
      if (row === undefined) return;
      const before = linkOf(row);
      if (link.state === 'never-connected') return;
      live.set(id, { spaceId: row.spaceId, link, firstOnlineAt: live.get(id)?.firstOnlineAt ?? link.since });
      if (link.state === 'online' && (before.state !== 'online' || before.since !== link.since))
        keepLinks([id], () => {
          nodes.setReports(id, lastingReports(row.reports));
          lastSeen.set(link.since);
        });
      if (link.state === 'online') keepSeeing();
      if (link.state === 'offline') keepLinks([id]);
    },
    report(id, reported) {
      const row = find(id);
      if (row === undefined) return;
      const reports = { ...row.reports, ...reported };
      if (JSON.stringify(reports) !== JSON.stringify(row.reports)) database.note(() => nodes.setReports(id, reports));
    },
    async setNodeId(id, nodeId) {
      const known = find(id)?.nodeId;
      return known === undefined ? database.commit(() => nodes.setNodeId(id, nodeId)) : known === nodeId;
    },
    setRooms: (id, rooms) => database.commit(() => nodes.setRooms(id, rooms)),
    async remove(id) {
      await database.commit(() => nodes.remove(id, new Date().toISOString()));
      live.delete(id);
      unkept.delete(id);
      queries.delete(id);
    },
    note: (id, row) => database.note(() => history.add(id, row)),
    history: (id) => history.of(id),
    latestQuery: (id) => queries.get(id),
    setLatestQuery(id, query) {
      if (find(id) !== undefined) queries.set(id, query);
    },
    count(spaceId) {
      const { total, neverConnected } = nodes.count(spaceId);
      let online = 0;
      for (const node of live.values()) if (node.spaceId === spaceId && node.link.state === 'online') online += 1;
      const isUnkeptFirst = (row?: NodeRow) => row?.spaceId === spaceId && row.firstOnlineAt === undefined;
      const never = neverConnected - [...unkept].map(find).filter(isUnkeptFirst).length;
      return { total, online, offline: total - online - never, neverConnected: never };
    },
  };
}

/** Without what was said of a link that is over. */
function lastingReports({ liveness, queryable, ...lasting }: NodeReports): NodeReports {
  return lasting;
}

const REPEATED_AFTER_MILLISECONDS = 10_000;
const SEEN_EVERY_MILLISECONDS = 5000;
