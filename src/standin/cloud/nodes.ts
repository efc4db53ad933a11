import { join } from 'node:path';
import { readIfThere, writeDurably } from './durable-file.ts';
import { type Link, linkAtStart, type NodeRecord, type NodeReports, type NodeView } from './node-state.ts';

/** All claimed nodes. Changes of records are on disk when their promise resolves; links and reports live in memory only. */
export interface Nodes {
  find(id: string): NodeRecord | undefined;
  views(): readonly NodeView[];
  link(id: string): Link;
  setLink(id: string, link: Link): void;
  report(id: string, reports: NodeReports): void;
  /**
   * Replaces one record with what `change` makes of it; undefined removes the node, the same value changes nothing.
   * Changes run one after the other, so that `change` sees what the one before it made.
   */
  change(id: string, change: (record: NodeRecord | undefined) => NodeRecord | undefined): Promise<void>;
  /** Resolves when the last change is on disk. */
  settled(): Promise<void>;
}

/** Reads nodes.json. Throws when it is damaged: claimed nodes are not forgotten silently. */
export async function openNodes(dataDirectory: string): Promise<Nodes> {
  const path = join(dataDirectory, 'nodes.json');
  let records = parseNodes((await readIfThere(path)) ?? '{}', path);
  const startedAt = new Date().toISOString();
  const links = new Map([...records].map(([id, record]) => [id, linkAtStart(record, startedAt)]));
  const reports = new Map<string, NodeReports>();
  const linkOf = (id: string): Link => links.get(id) ?? { state: 'never-connected' };
  let last: Promise<void> = Promise.resolve();

  async function apply(id: string, change: (record: NodeRecord | undefined) => NodeRecord | undefined): Promise<void> {
    const before = records.get(id);
    const after = change(before);
    if (after === before) return;
    const next = new Map(records);
    if (after === undefined) next.delete(id);
    else next.set(id, after);
    await writeDurably(path, `${JSON.stringify(Object.fromEntries(next), null, 2)}\n`);
    records = next;
    if (after !== undefined) return;
    links.delete(id);
    reports.delete(id);
  }

  return {
    find: (id) => records.get(id),
    views: () => [...records].map(([id, record]) => ({ id, ...record, ...reports.get(id), link: linkOf(id) })),
    link: linkOf,
    setLink(id, link) {
      if (records.has(id)) links.set(id, link);
    },
    report(id, reported) {
      if (records.has(id)) reports.set(id, { ...reports.get(id), ...reported });
    },
    change(id, change) {
      const result = last.then(() => apply(id, change));
      last = result.catch(() => undefined); // whoever asked for the change gets the error; the next change is another matter
      return result;
    },
    settled: () => last,
  };
}

function parseNodes(text: string, path: string): Map<string, NodeRecord> {
  const value: unknown = JSON.parse(text);
  const damaged = new Error(`${path} is damaged: it must be an object of nodes by claim id.`);
  if (typeof value !== 'object' || value === null) throw damaged;
  return new Map(
    Object.entries(value).map(([id, record]: [string, unknown]) => {
      if (!isNodeRecord(record)) throw damaged;
      return [id, record];
    }),
  );
}

function isNodeRecord(value: unknown): value is NodeRecord {
  if (typeof value !== 'object' || value === null) return false;
  if (!('publicKey' in value) || !('hostname' in value) || !('rooms' in value) || !('claimedAt' in value)) return false;
  return (
    [value.publicKey, value.hostname, value.claimedAt].every((text) => typeof text === 'string') && Array.isArray(value.rooms)
  );
}
