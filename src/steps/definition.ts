import type { ReadableSystem, System } from '../system/system.ts';

/** What a step may use while it changes the host or takes its change back. */
export interface StepContext {
  system: System;
  /** Aborts when the user stops the run; long work ends soon after. */
  signal: AbortSignal;
  /** Says how far the step is: "12 of 40 MB". One line, replaced by the next. */
  progress(text: string): void;
  /** Says something that was seen to be true: "The agent says that it is online.". Stays on the screen with the time it took. */
  prove(text: string): void;
  /** Says something that somebody has to see to, and that does not end the run: "The agent could not be told.". Stays on the screen. */
  warn(text: string): void;
}

/** What `run` may use. */
export interface RunContext extends StepContext {
  /**
   * Puts fields into the undo that only show on the way; plain JSON. They are in the receipt when this resolves, so before the change they are about;
   * the undo of a run that ends earlier goes without them.
   */
  addToUndo(more: object): Promise<void>;
}

/**
 * What `undo` may use. `take-back`: the run failed and the host goes back to what it was, so what was stopped runs again.
 * `uninstall`: all of the install goes, so nothing of it is started on the way.
 */
export interface UndoContext extends StepContext {
  purpose: 'take-back' | 'uninstall';
  /** Says what stays and why, instead of that the step was taken back. */
  leave(text: string): void;
  /** A path in this directory, or the directory itself, that an undo before this one could not take back: it stays until that has worked. */
  unfinished(directory: string): string | undefined;
}

/**
 * One kind of change. A step is data: plain JSON but for secrets, which serialise as [hidden].
 * `Undo` is plain JSON too: it goes to the receipt, never holds a secret, and is all that `undo` gets, perhaps years later.
 */
export interface StepDefinition<Step, Undo> {
  /** One line for plan, views and receipt: "Create directory /opt/x". Pure. */
  describe(step: Step): string;
  /** How to take back what `run` is about to do, or undefined when the host is already so: then nothing is run and nothing recorded. */
  inspect(step: Step, system: ReadableSystem): Promise<Undo | undefined>;
  /** Makes the change. Can be run again after a crash in the middle, because the engine takes the half-done step back first. */
  run(step: Step, context: RunContext): Promise<void>;
  /** Takes the change back, whole or half-done. Succeeds when it is already back. */
  undo(undo: Undo, context: UndoContext): Promise<void>;
  /** The step only looks, and fails when the promise does not hold: the engine runs it always, without inspect, record or undo. */
  observes?: true;
}
