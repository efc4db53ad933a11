import { isKickstartError } from '../errors.ts';
import type { Plan, Stage } from '../plan/plan.ts';
import { type DefinitionOf, definitionOf as everyDefinition } from '../steps/step.ts';
import type { System } from '../system/system.ts';
import type { Emit, Outcome } from './events.ts';
import { openReceipt } from './receipt.ts';
import type { PendingUndo } from './receipt-records.ts';
import { runStage, type StageRun } from './run-stage.ts';
import { refuseUnknownKinds, takeBack, type UndoFailure, undoIncomplete } from './undo.ts';

export interface Run {
  system: System;
  stateDirectory: string;
  /** Unique among all runs; the receipt tells runs apart by it. */
  runId: string;
  /** Of kickstart. */
  version: string;
  emit: Emit;
  /** Aborts when the user stops the run. */
  signal: AbortSignal;
  /** What a failure leaves. */
  onFailure: 'undo' | 'keep';
  /** The plan once more, after half-done changes were taken back: the one that was given was made before. Default: that one. */
  planAgain?: () => Promise<Plan>;
  /** Default: the table of all steps. */
  definitionOf?: DefinitionOf;
}

/**
 * Walks the plan: first takes back what an earlier run left half-done, then goes stage by stage, and after a failure takes back what was done.
 * A run that was cut off is gone on with: what it did counts as done by this run. Never retries a step.
 * Every failure of a step is in the outcome. Throws RECEIPT_UNREADABLE, or why the receipt cannot be written, before the first change.
 */
export async function execute(given: Plan, options: Run): Promise<Outcome> {
  const { system, emit, runId, version, signal, onFailure, definitionOf = everyDefinition } = options;
  const startedAt = system.now();
  const receipt = await openReceipt(options.stateDirectory, system);
  refuseUnknownKinds(receipt.pending(), definitionOf);
  await receipt.begin({ runId, version, goal: given.goal, title: given.title });
  const run: StageRun = {
    ...{ system, receipt, runId, emit, signal, definitionOf, startedAt },
    ...{ missing: new Map(), warnings: [], proofs: [] },
  };
  const halfDone = receipt.pending().filter((entry) => entry.halfDone);
  const left = await goBack(halfDone, 'An earlier run ended in the middle of this.', run);
  const isStale = halfDone.length > 0 && left.length === 0;
  const plan = (isStale ? await options.planAgain?.() : undefined) ?? given;
  if (plan !== given) await receipt.begin({ runId, version, goal: plan.goal, title: plan.title });
  emit({ event: 'run-started', at: system.now(), plan });
  const end: End = left.length > 0 ? { state: 'undo-incomplete', error: undoIncomplete(left) } : await walk(plan, onFailure, run);
  const changed = receipt.pending().some((entry) => entry.runId === runId && !entry.temporary && !entry.evidence);
  const outcome: Outcome = { ...end, changed, warnings: run.warnings, proofs: run.proofs };
  await receipt.end(outcome.state);
  emit({ event: 'run-ended', at: system.now(), outcome, seconds: (system.now() - startedAt) / 1000 });
  return outcome;
}

type End = Pick<Outcome, 'state' | 'error' | 'tookBack'>;

async function walk(plan: Plan, onFailure: Run['onFailure'], run: StageRun): Promise<End> {
  const { receipt, emit, system } = run;
  for (const stage of plan.stages) {
    emit({ event: 'stage-started', at: system.now(), title: stage.title });
    const failure = await runStage(stage, run);
    if (failure) return afterFailure(stage, failure, onFailure, run);
  }
  const temporary = receipt.pending().filter((entry) => entry.temporary);
  const failures = await goBack(temporary, 'Removing what only the run needed.', run);
  return failures.length > 0 ? { state: 'undo-incomplete', error: undoIncomplete(failures) } : { state: 'as-asked' };
}

async function afterFailure(stage: Stage, error: Error, onFailure: Run['onFailure'], run: StageRun): Promise<End> {
  const going = onFailure === 'keep' ? [] : changesThatGo(stage, error, run);
  const failures = await goBack(going, isKickstartError(error) ? error.what : error.message, run);
  if (failures.length > 0) return { state: 'undo-incomplete', error: undoIncomplete(failures, error) };
  const remains = changesOfThisRun(run).some(({ evidence }) => !evidence);
  if (run.signal.aborted) return { state: remains ? 'stopped-kept' : 'stopped-undone', error };
  if (stage.failureUndoes === 'stage' && isKickstartError(error) && error.state === 'not-claimed')
    return { state: 'not-claimed', error, ...(going.some(({ temporary }) => !temporary) && { tookBack: true }) };
  return { state: remains ? 'kept' : 'undone', error, tookBack: going.length > 0 };
}

function changesThatGo(stage: Stage, error: Error, run: StageRun): readonly PendingUndo[] {
  const keepsLogs = isKickstartError(error) && error.keepsLogs;
  const all = changesOfThisRun(run).filter(({ evidence, halfDone }) => halfDone || !(keepsLogs && evidence));
  if (stage.failureUndoes !== 'stage') return all;
  const ids = new Set(stage.steps.map(({ id }) => id));
  return all.filter(({ id, temporary }) => temporary || ids.has(id));
}

/** With those of a run that was cut off, because this one goes on with it. */
function changesOfThisRun({ receipt }: StageRun): readonly PendingUndo[] {
  const runs = receipt.unended();
  return receipt.pending().filter(({ runId }) => runs.includes(runId));
}

function goBack(entries: readonly PendingUndo[], reason: string, run: StageRun): Promise<readonly UndoFailure[]> {
  // The user's stop is what may have brought us here; taking back is then what they wait for, and is not stopped by it.
  return takeBack(entries, { ...run, signal: new AbortController().signal, purpose: 'take-back', reason });
}
