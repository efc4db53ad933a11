import type { Emit } from '../engine/events.ts';

/** Prints text as it is, with its own line ends. */
export type Write = (text: string) => void;

/** Draws the events of one run. It decides nothing: without it the run is the same. */
export interface View {
  draw: Emit;
  /** Resolves when all that was drawn is printed. Nothing else may be printed before. */
  finish(): Promise<void>;
}
