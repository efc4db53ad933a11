import type { Outcome } from '../engine/events.ts';
import type { View, Write } from './view.ts';
import { viewJson } from './view-json.ts';
import { viewLines } from './view-lines.ts';

interface Surroundings {
  /** Standard output is a terminal. */
  isTerminal: boolean;
  /** Width of the terminal; some CI terminals say 0, and listr2 would print one character per line. */
  columns: number;
  /** The environment says CI. */
  ci: boolean;
  /** --json */
  json: boolean;
  /** What the result says that kickstart ends with. */
  statusOf?(outcome: Outcome): number;
  /** Makes the command lines in a text those of this machine. */
  say?(text: string): string;
}

/** listr2 is loaded only when it draws. */
export async function chooseView({ isTerminal, columns, ci, json, statusOf, say }: Surroundings, write: Write): Promise<View> {
  if (json) return viewJson(write, statusOf, say);
  if (!isTerminal || ci || columns === 0) return viewLines(write, say);
  const { viewListr } = await import('./view-listr.ts');
  return viewListr({ write, columns, ...(say && { say }) });
}
