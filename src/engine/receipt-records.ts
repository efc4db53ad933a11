import { KickstartError } from '../errors.ts';
import type { Goal } from '../plan/plan.ts';
import type { ReadableSystem } from '../system/system.ts';
import { foreignSentence, wayIn } from '../system/way-in.ts';
import type { Outcome } from './events.ts';

/** Raised when an older kickstart could not undo what is in the receipt. Every schema there ever was stays readable. */
export const receiptSchema = 2;

/** One line of the receipt. `at` is milliseconds since 1970. A step is known by its id within its run. */
export type ReceiptRecord =
  | {
      record: 'run';
      schema: number;
      runId: string;
      goal: Goal;
      title: string;
      /** Of kickstart. */
      version: string;
      at: number;
      /** Directories that were made for the receipt itself, from the top down. */
      created: readonly string[];
    }
  | {
      record: 'started';
      runId: string;
      id: string;
      kind: string;
      title: string;
      undo: unknown;
      temporary?: true;
      evidence?: true;
      /** Id of a later step of the run, without which this one is half-done. */
      holdsWith?: string;
      at: number;
    }
  | { record: 'done'; runId: string; id: string; at: number }
  // Written before an undo: a step whose undo was cut off is neither done nor undone, and is taken back before anything else.
  | { record: 'undoing'; runId: string; id: string; at: number }
  | { record: 'undone'; runId: string; id: string; at: number }
  | { record: 'ended'; runId: string; state: Outcome['state']; at: number };

/** A change that is still there, whole or in part, and how to take it back. */
export interface PendingUndo {
  runId: string;
  id: string;
  kind: string;
  title: string;
  undo: unknown;
  /** Goes at the end of a run that succeeds. */
  temporary: boolean;
  /** Tells how a build failed: stays after an error that keeps logs, and does not count as a change. */
  evidence: boolean;
  /** The step or its undo was cut off in the middle, or before the step that it holds with. */
  halfDone: boolean;
}

export function receiptPath(stateDirectory: string): string {
  return `${stateDirectory}/receipt.jsonl`;
}

/**
 * All records in the order they were written; none when there is no receipt. A last line without its end is a write that was cut off, and is left out.
 * Throws RECEIPT_UNREADABLE for any other damage, for a receipt of a newer kickstart, and, for root, for one of another user.
 */
export async function readReceipt(stateDirectory: string, system: ReadableSystem): Promise<readonly ReceiptRecord[]> {
  const path = receiptPath(stateDirectory);
  await refuseOthersReceipt(path, system);
  const text = (await system.readFile(path)) ?? '';
  const whole = text.split('\n').slice(0, -1);
  return whole.map((line, index) => parseRecord(line, `${path}:${index + 1}`));
}

/** What root takes back must have been written by root: else whoever can write in the state directory could have anything removed. */
async function refuseOthersReceipt(path: string, system: ReadableSystem): Promise<void> {
  if (system.processOwner().userId !== 0 || (await system.stat(path)) === undefined) return;
  const { foreign, reached } = await wayIn(path, system);
  if (foreign === undefined && reached.kind === 'file') return;
  throw new KickstartError('RECEIPT_UNREADABLE', {
    what: `The receipt ${path} is not root's.`,
    why: `${foreign === undefined ? 'It is no file.' : foreignSentence(foreign)} Root takes back only what root has done.`,
    next: 'Run kickstart as the user who installed; or name another --state-directory.',
  });
}

/** What is still to be taken back, newest first. Stages come backwards by themselves, because the receipt has the order of the run. */
export function pendingUndos(records: readonly ReceiptRecord[]): readonly PendingUndo[] {
  const pending = new Map<string, PendingUndo>();
  const holdsWith = new Map<string, string>();
  for (const record of records) {
    if (record.record === 'run' || record.record === 'ended') continue;
    const key = `${record.runId} ${record.id}`;
    if (record.record === 'started') {
      const { runId, id, kind, title, undo, temporary, evidence } = record;
      const marks = { temporary: temporary === true, evidence: evidence === true, halfDone: true };
      pending.set(key, { runId, id, kind, title, undo, ...marks });
      if (record.holdsWith !== undefined) holdsWith.set(key, `${runId} ${record.holdsWith}`);
      continue;
    }
    if (record.record === 'undone') pending.delete(key);
    const entry = pending.get(key);
    if (entry) pending.set(key, { ...entry, halfDone: record.record === 'undoing' });
  }
  const isWhole = (key: string | undefined) => key === undefined || pending.get(key)?.halfDone === false;
  const entries = [...pending].map(([key, entry]) => (isWhole(holdsWith.get(key)) ? entry : { ...entry, halfDone: true }));
  return entries.toReversed();
}

/** Runs that have no end in the receipt: they were cut off. */
export function unendedRuns(records: readonly ReceiptRecord[]): readonly string[] {
  const ended = new Set(records.filter(({ record }) => record === 'ended').map(({ runId }) => runId));
  return records.filter(({ record, runId }) => record === 'run' && !ended.has(runId)).map(({ runId }) => runId);
}

function parseRecord(line: string, place: string): ReceiptRecord {
  const value = parseObject(line, place);
  const name = typeof value.record === 'string' ? value.record : '';
  if (name === 'run' && typeof value.schema === 'number' && value.schema > receiptSchema) throw newerReceipt(place, value.schema);
  const fields = Object.hasOwn(requiredFields, name) ? requiredFields[name as ReceiptRecord['record']] : undefined;
  if (!fields?.every(([field, type]) => typeof value[field] === type)) throw damagedReceipt(place);
  // The cast: the name and the type of every field that is used have just been checked.
  return value as unknown as ReceiptRecord;
}

function parseObject(line: string, place: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw damagedReceipt(place);
}

const step = [
  ['runId', 'string'],
  ['id', 'string'],
] as const;

const requiredFields: Record<ReceiptRecord['record'], readonly (readonly [string, string])[]> = {
  run: [
    ['schema', 'number'],
    ['runId', 'string'],
    ['created', 'object'],
  ],
  started: [...step, ['kind', 'string'], ['title', 'string']],
  done: step,
  undoing: step,
  undone: step,
  ended: [['runId', 'string']],
};

function damagedReceipt(place: string): KickstartError {
  return new KickstartError('RECEIPT_UNREADABLE', {
    what: `The receipt of earlier runs cannot be read: ${place} is not a record.`,
    why: 'The file was changed by something else than kickstart, or its disk is damaged.',
    next: 'Bring the file back from a backup; without it kickstart cannot know what it changed, and changes nothing.',
  });
}

function newerReceipt(place: string, schema: number): KickstartError {
  return new KickstartError('RECEIPT_UNREADABLE', {
    what: `The receipt of earlier runs was written by a newer kickstart: ${place} has schema ${schema}, this kickstart knows ${receiptSchema}.`,
    why: 'Taking back changes that this version does not know could damage the install.',
    next: 'Run the newest kickstart.',
  });
}
