import type { KickstartError } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';

/** How a run ended: the state of the machine, not a feeling. `exit-status.ts` maps it to a number. */
export interface Outcome {
  /** as-asked; undone: failed and taken back; kept: failed, changes remain; not-claimed: it runs, and is not claimed as asked or not proven online; stopped-*: by the user. */
  state: 'as-asked' | 'undone' | 'kept' | 'not-claimed' | 'stopped-undone' | 'stopped-kept' | 'undo-incomplete';
  changed: boolean;
  /** Something had been changed before the failure, and was taken back. */
  tookBack?: boolean;
  /** What went wrong; absent when as-asked. */
  error?: KickstartError | Error;
  /** The sentences of optional steps that failed, to be said again at the end. */
  warnings: readonly { sentence: string; error: KickstartError | Error }[];
  /** What was seen to be true, in order; seconds since the run started. */
  proofs: readonly { text: string; seconds: number }[];
}

/** All that happens in a run, as data. Views draw these; none decides anything. `at` is milliseconds since 1970. */
export type RunEvent =
  | { event: 'run-started'; at: number; plan: Plan }
  | { event: 'stage-started'; at: number; title: string }
  | { event: 'step-started'; at: number; id: string; title: string }
  | { event: 'step-progress'; at: number; id: string; text: string }
  | { event: 'step-proved'; at: number; id: string; text: string; seconds: number }
  | { event: 'step-warned'; at: number; id: string; text: string }
  | { event: 'step-done'; at: number; id: string; seconds: number }
  | { event: 'step-already-so'; at: number; id: string }
  | { event: 'step-skipped'; at: number; id: string; because: string }
  | { event: 'step-failed'; at: number; id: string; error: KickstartError | Error; optional?: string }
  | { event: 'undo-started'; at: number; reason: string }
  | { event: 'step-undone'; at: number; id: string; title: string }
  | { event: 'undo-failed'; at: number; id: string; title: string; error: Error }
  | { event: 'run-ended'; at: number; outcome: Outcome; seconds: number };

export type Emit = (event: RunEvent) => void;
