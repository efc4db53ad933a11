import { isKickstartError } from '../errors.ts';
import type { PlannedStep, Stage } from '../plan/plan.ts';
import type { RunContext, StepContext, StepDefinition } from '../steps/definition.ts';
import type { DefinitionOf, Step } from '../steps/step.ts';
import type { System } from '../system/system.ts';
import type { Emit, Outcome } from './events.ts';
import { toError } from './host-error.ts';
import type { Receipt, StartedStep } from './receipt.ts';
import { stopError, takeBack, undoIncomplete } from './undo.ts';

/** What all stages of one run share. */
export interface StageRun {
  system: System;
  receipt: Receipt;
  runId: string;
  emit: Emit;
  signal: AbortSignal;
  definitionOf: DefinitionOf;
  /** Milliseconds since 1970; proofs are timed from here. */
  startedAt: number;
  /** Optional steps that failed or were skipped: id → title. */
  missing: Map<string, string>;
  warnings: Outcome['warnings'][number][];
  proofs: Outcome['proofs'][number][];
}

/**
 * Runs the steps of a stage, so many at once as it says. The first failure stops the others, and all have ended when this returns.
 * Gives that failure back, or the user's stop. What the steps changed is in the receipt; nothing of it is taken back here, but for optional steps.
 */
export async function runStage(stage: Stage, run: StageRun): Promise<Error | undefined> {
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const waiting = [...stage.steps];
  let failure: Error | undefined;
  await Promise.all(Array.from({ length: Math.max(1, stage.atOnce) }, worker));
  return run.signal.aborted ? stopError(run.signal) : failure;

  async function worker(): Promise<void> {
    while (!signal.aborted) {
      const planned = waiting.shift();
      if (planned === undefined) return;
      try {
        await runStep(planned, { ...run, signal });
      } catch (thrown) {
        failure ??= toError(thrown);
        stop.abort(failure);
      }
    }
  }
}

async function runStep(planned: PlannedStep, run: StageRun): Promise<void> {
  const { id, step } = planned;
  const { system, emit } = run;
  const definition = run.definitionOf(step);
  if (definition === undefined) throw new Error(`No step of the kind ${step.kind} is known.`);
  const title = definition.describe(step);
  const startedAt = system.now();
  emit({ event: 'step-started', at: startedAt, id, title });
  const needed = planned.needs?.find((other) => run.missing.has(other));
  if (needed !== undefined) {
    run.missing.set(id, title);
    emit({ event: 'step-skipped', at: system.now(), id, because: `It needs what is missing: ${run.missing.get(needed)}.` });
    return;
  }
  try {
    if ((await changeOrLook(planned, title, definition, run)) === 'already-so') {
      emit({ event: 'step-already-so', at: system.now(), id });
      return;
    }
    emit({ event: 'step-done', at: system.now(), id, seconds: (system.now() - startedAt) / 1000 });
  } catch (thrown) {
    const error = toError(thrown);
    const { optional } = planned;
    // A fault of ours is never optional, and neither is being stopped.
    if (optional === undefined || !isKickstartError(error) || run.signal.aborted) {
      emit({ event: 'step-failed', at: system.now(), id, error });
      throw error;
    }
    const sentence = optional.sentenceFor?.[error.code] ?? optional.sentence;
    emit({ event: 'step-failed', at: system.now(), id, error, optional: sentence });
    run.warnings.push({ sentence, error });
    run.missing.set(id, title);
    await takeBackOptional(id, error, run);
  }
}

type Done = 'done' | 'already-so';

async function changeOrLook(
  { id, step, temporary, evidence, holdsWith }: PlannedStep,
  title: string,
  definition: StepDefinition<Step, unknown>,
  run: StageRun,
): Promise<Done> {
  const { system, receipt, signal } = run;
  if (definition.observes) {
    await definition.run(step, { ...contextOf(id, run), addToUndo: nothingToUndo });
    return 'done';
  }
  const undo = await definition.inspect(step, system);
  if (undo === undefined) return 'already-so';
  const marks = { temporary: temporary === true, evidence: evidence === true, ...(holdsWith && { holdsWith }) };
  const started: StartedStep = { id, kind: step.kind, title, undo, ...marks };
  await receipt.started(started);
  await definition.run(step, { ...contextOf(id, run), addToUndo: growingUndo(started, receipt) });
  // A step that was stopped may have ended early without an error. It counts as half-done.
  signal.throwIfAborted();
  await receipt.done(id);
  return 'done';
}

/** The later of two records of the same start counts, also for a kickstart that never writes a second one. */
function growingUndo(started: StartedStep, receipt: Receipt): RunContext['addToUndo'] {
  let { undo } = started;
  return (more) => {
    undo = Object.assign({}, undo, more);
    return receipt.started({ ...started, undo });
  };
}

async function nothingToUndo(): Promise<void> {
  throw new Error('A step that only looks has no undo.');
}

function contextOf(id: string, { system, signal, emit, startedAt, proofs }: StageRun): StepContext {
  return {
    system,
    signal,
    progress: (text) => emit({ event: 'step-progress', at: system.now(), id, text }),
    warn: (text) => emit({ event: 'step-warned', at: system.now(), id, text }),
    prove: (text) => {
      const seconds = (system.now() - startedAt) / 1000;
      proofs.push({ text, seconds });
      emit({ event: 'step-proved', at: system.now(), id, text, seconds });
    },
  };
}

async function takeBackOptional(id: string, cause: Error, run: StageRun): Promise<void> {
  const own = run.receipt.pending().filter((entry) => entry.runId === run.runId && entry.id === id);
  const failures = await takeBack(own, {
    ...run,
    signal: new AbortController().signal,
    purpose: 'take-back',
    reason: 'An optional step failed; the run goes on without it.',
  });
  if (failures.length > 0) throw undoIncomplete(failures, cause);
}
