import { pendingUndos, type ReceiptRecord, readReceipt, receiptPath, unendedRuns } from '../engine/receipt-records.ts';
import { isLocked } from '../engine/run-lock.ts';
import { isKickstartError } from '../errors.ts';
import { readIfAllowed } from '../host/allowed-reads.ts';
import type { ReadableSystem } from '../system/system.ts';

/** A run that did not come to its end, and what that means for the next one. */
export interface EarlierRun {
  /** For people: one sentence. */
  says: string;
  /** Titles of the changes that the next run takes back before anything else, in this order. */
  takesBack: readonly string[];
}

/** undefined when every run has ended, when one is going on now, and where this user may not read the receipt. */
export async function earlierRun(stateDirectory: string, system: ReadableSystem): Promise<EarlierRun | undefined> {
  if ((await readIfAllowed(receiptPath(stateDirectory), system)) === undefined) return undefined;
  if (await isLocked(stateDirectory, system)) return undefined;
  try {
    return left(await readReceipt(stateDirectory, system));
  } catch (error) {
    if (!isKickstartError(error, 'RECEIPT_UNREADABLE')) throw error;
    return { says: `${error.what} ${error.why} RECEIPT_UNREADABLE: nothing is changed before that is mended.`, takesBack: [] };
  }
}

function left(records: readonly ReceiptRecord[]): EarlierRun | undefined {
  const takesBack = pendingUndos(records).flatMap(({ halfDone, title }) => (halfDone ? [title] : []));
  const cutOff = unendedRuns(records).at(-1);
  if (cutOff === undefined && takesBack.length === 0) return undefined;
  const run = records.find(({ record, runId }) => record === 'run' && runId === cutOff);
  const what =
    run?.record === 'run'
      ? `A run was cut off: ${run.title}.`
      : 'An uninstall was cut off, or a run could not take all of its changes back.';
  const next =
    takesBack.length === 0
      ? 'No change of it is half-done: the next run goes on from there.'
      : `The next run first takes back what is half-done: ${takesBack.join('; ')}.`;
  return { says: `${what} ${next}`, takesBack };
}
