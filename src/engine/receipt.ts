import type { Goal } from '../plan/plan.ts';
import type { System } from '../system/system.ts';
import type { Outcome } from './events.ts';
import {
  type PendingUndo,
  pendingUndos,
  type ReceiptRecord,
  readReceipt,
  receiptPath,
  receiptSchema,
  unendedRuns,
} from './receipt-records.ts';
import {
  makeStateDirectory,
  removeUnsettled,
  settleStateDirectory,
  unsettledDirectories,
  unsettleStateDirectory,
} from './state-directory.ts';

/** Who writes: named in the first record of the run. */
export interface RunIdentity {
  runId: string;
  goal: Goal;
  title: string;
  /** Of kickstart. */
  version: string;
}

/** What is recorded before a step runs. `undo` is plain JSON without secrets. */
export interface StartedStep {
  id: string;
  kind: string;
  title: string;
  undo: unknown;
  temporary: boolean;
  evidence: boolean;
  /** Counts as done only together with this later step. */
  holdsWith?: string;
}

/** The log of changes, on disk before each change. Records may be given at the same time; they are written one after the other. */
export interface Receipt {
  /** What is still to be taken back, newest first. */
  pending(): readonly PendingUndo[];
  /** Runs that were cut off, and this one. */
  unended(): readonly string[];
  /** Says who writes. A first receipt is created now, with the directories it needs; in one that is there nothing is written yet. */
  begin(run: RunIdentity): Promise<void>;
  started(step: StartedStep): Promise<void>;
  done(id: string): Promise<void>;
  undoing(entry: PendingUndo): Promise<void>;
  undone(entry: PendingUndo): Promise<void>;
  /** Ends every run that has no end yet. When nothing is left to take back, the receipt goes, with the directories made for it. */
  end(state: Outcome['state']): Promise<void>;
}

/** Opens the receipt, which need not be there. Changes nothing yet. Throws RECEIPT_UNREADABLE. */
export async function openReceipt(stateDirectory: string, system: System): Promise<Receipt> {
  const path = receiptPath(stateDirectory);
  const records = [...(await readReceipt(stateDirectory, system))];
  let run: RunIdentity | undefined;
  let announcement: Promise<void> | undefined;
  let lastWrite = Promise.resolve();

  return {
    pending: () => pendingUndos(records),
    unended: () => unendedRuns(records),
    async begin(identity) {
      run = identity;
      if (records.length > 0) return settleStateDirectory(stateDirectory, system);
      try {
        await makeStateDirectory(stateDirectory, system);
        await announced();
        await settleStateDirectory(stateDirectory, system);
      } catch (error) {
        await retire();
        throw error;
      }
    },
    async started({ temporary, evidence, ...step }) {
      const { runId } = await announced();
      const marks = { ...(temporary ? { temporary } : {}), ...(evidence ? { evidence } : {}) };
      await write({ record: 'started', runId, ...step, ...marks, at: system.now() });
    },
    async done(id) {
      const { runId } = await announced();
      await write({ record: 'done', runId, id, at: system.now() });
    },
    undoing: ({ runId, id }) => writeUnlessFull({ record: 'undoing', runId, id, at: system.now() }),
    undone: ({ runId, id }) => writeUnlessFull({ record: 'undone', runId, id, at: system.now() }),
    async end(state) {
      if (pendingUndos(records).length === 0) return retire();
      for (const runId of unendedRuns(records)) await writeUnlessFull({ record: 'ended', runId, state, at: system.now() });
    },
  };

  async function announced(): Promise<RunIdentity> {
    if (run === undefined) throw new Error('A step was recorded before the receipt knew the run.');
    announcement ??= announce(run);
    await announcement;
    return run;
  }

  async function announce(identity: RunIdentity): Promise<void> {
    const created = await unsettledDirectories(stateDirectory, system);
    await write({ record: 'run', schema: receiptSchema, ...identity, at: system.now(), created });
  }

  // One after the other, because appending looks at the end of the file first.
  function write(record: ReceiptRecord): Promise<void> {
    const written = lastWrite.then(async () => {
      await system.appendLine(path, JSON.stringify(record));
      records.push(record);
    });
    lastWrite = written.catch(() => {});
    return written;
  }

  /**
   * Taking back goes on when the disk is full, because it is what makes room. A record that is missing on disk then means only
   * that the same undo is done once more, and undo is safe to repeat.
   */
  async function writeUnlessFull(record: ReceiptRecord): Promise<void> {
    try {
      await write(record);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      records.push(record);
    }
  }

  async function retire(): Promise<void> {
    await unsettleStateDirectory(createdDirectories(records), system);
    await system.removeFile(path);
    await removeUnsettled(stateDirectory, system);
    records.length = 0;
  }
}

function createdDirectories(records: readonly ReceiptRecord[]): readonly string[] {
  return records.flatMap((record) => (record.record === 'run' ? record.created : []));
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
