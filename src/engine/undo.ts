import { KickstartError } from '../errors.ts';
import type { UndoContext } from '../steps/definition.ts';
import { type DefinitionOf, definitionOf as everyDefinition } from '../steps/step.ts';
import type { System } from '../system/system.ts';
import type { Emit, Outcome } from './events.ts';
import { toError } from './host-error.ts';
import { openReceipt, type Receipt } from './receipt.ts';
import type { PendingUndo } from './receipt-records.ts';

interface UndoRun {
  system: System;
  stateDirectory: string;
  emit: Emit;
  /** Aborts when the user stops; the entry that is being taken back is cut off, and stays in the receipt. */
  signal: AbortSignal;
  definitionOf?: DefinitionOf;
}

/**
 * Takes back everything that is in the receipt, newest first, and the receipt itself at the end. Safe to repeat; without a receipt nothing is changed.
 * Throws RECEIPT_UNREADABLE, before anything is changed.
 */
export async function undoAll({
  system,
  stateDirectory,
  emit,
  signal,
  definitionOf = everyDefinition,
}: UndoRun): Promise<Outcome> {
  const startedAt = system.now();
  const receipt = await openReceipt(stateDirectory, system);
  const entries = receipt.pending();
  refuseUnknownKinds(entries, definitionOf);
  const failures = await takeBack(entries, {
    ...{ receipt, system, emit, signal, definitionOf },
    purpose: 'uninstall',
    reason: 'Removing everything that is in the receipt.',
  });
  const outcome: Outcome = {
    ...endOf(failures, receipt, signal),
    changed: receipt.pending().length < entries.length,
    warnings: [],
    proofs: [],
  };
  await receipt.end(outcome.state);
  emit({ event: 'run-ended', at: system.now(), outcome, seconds: (system.now() - startedAt) / 1000 });
  return outcome;
}

function endOf(failures: readonly UndoFailure[], receipt: Receipt, signal: AbortSignal): Pick<Outcome, 'state' | 'error'> {
  if (failures.length > 0) return { state: 'undo-incomplete', error: undoIncomplete(failures) };
  if (receipt.pending().length > 0) return { state: 'stopped-kept', error: stopError(signal) };
  return { state: 'as-asked' };
}

export interface UndoFailure {
  entry: PendingUndo;
  error: Error;
}

export interface TakeBack {
  receipt: Receipt;
  system: System;
  emit: Emit;
  signal: AbortSignal;
  definitionOf: DefinitionOf;
  purpose: UndoContext['purpose'];
  /** One sentence: why changes are taken back. */
  reason: string;
}

/**
 * Takes these changes back in the order given. One that cannot be taken back stays in the receipt, and the rest goes on, but for the directories that
 * it is in: without them it could never be taken back.
 */
export async function takeBack(entries: readonly PendingUndo[], options: TakeBack): Promise<readonly UndoFailure[]> {
  const { receipt, system, emit, signal, definitionOf, purpose, reason } = options;
  const startedAt = system.now();
  if (entries.length > 0) emit({ event: 'undo-started', at: startedAt, reason });
  const failures: UndoFailure[] = [];
  const stuck: string[] = [];
  const unfinished = (directory: string) => stuck.find((path) => path === directory || path.startsWith(`${directory}/`));
  for (const entry of entries) {
    if (signal.aborted) break;
    const definition = definitionOf(entry) ?? refuseUnknown(entry);
    const { id, title } = entry;
    const progress = (text: string) => emit({ event: 'step-progress', at: system.now(), id, text });
    const warn = (text: string) => emit({ event: 'step-warned', at: system.now(), id, text });
    // What an undo leaves, because it is somebody else's now, is said this way.
    const prove = (text: string) =>
      emit({ event: 'step-proved', at: system.now(), id, text, seconds: (system.now() - startedAt) / 1000 });
    let stays = false;
    const leave = (text: string) => {
      stays = true;
      prove(text);
    };
    try {
      await receipt.undoing(entry);
      await definition.undo(entry.undo, { system, signal, purpose, progress, prove, warn, leave, unfinished });
      await receipt.undone(entry);
      if (!stays) emit({ event: 'step-undone', at: system.now(), id, title });
    } catch (thrown) {
      if (signal.aborted) break;
      const error = toError(thrown);
      failures.push({ entry, error });
      stuck.push(...pathsIn(entry.undo));
      emit({ event: 'undo-failed', at: system.now(), id, title, error });
    }
  }
  return failures;
}

/** Whatever is a path in the undo of a step. */
function pathsIn(undo: unknown): readonly string[] {
  if (typeof undo === 'string') return undo.startsWith('/') ? [undo] : [];
  return typeof undo === 'object' && undo !== null ? Object.values(undo).flatMap(pathsIn) : [];
}

/** `cause` is what made the run fail, when it did. */
export function undoIncomplete(failures: readonly UndoFailure[], cause?: unknown): KickstartError {
  return new KickstartError('UNDO_INCOMPLETE', {
    what: `Not everything could be taken back: ${failures.map(({ entry }) => entry.title).join('; ')}.`,
    why: failures.map(({ error }) => error.message).join(' '),
    next: 'Remove the cause, then run kickstart uninstall: the receipt still has what is left.',
    cause: cause ?? failures[0]?.error,
  });
}

export function stopError({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('The run was stopped.');
}

/** Throws RECEIPT_UNREADABLE when the receipt has a kind of step that only another version of kickstart knows. */
export function refuseUnknownKinds(entries: readonly PendingUndo[], definitionOf: DefinitionOf): void {
  const unknown = entries.find((entry) => definitionOf(entry) === undefined);
  if (unknown !== undefined) refuseUnknown(unknown);
}

function refuseUnknown({ title, kind }: PendingUndo): never {
  throw new KickstartError('RECEIPT_UNREADABLE', {
    what: `The receipt of earlier runs has a change that this kickstart does not know: ${title}.`,
    why: `It is of the kind ${kind}, which only another version of kickstart can take back.`,
    next: 'Run the newest kickstart.',
  });
}
