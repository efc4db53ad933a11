import type { Outcome } from '../engine/events.ts';
import { isKickstartError, type MachineState } from '../errors.ts';

/** What the machine is like after a run. Source of the numbers: the table of exit statuses in the README. */
export function exitStatusOfOutcome({ state, changed, tookBack, error }: Outcome): number {
  if (state.startsWith('stopped')) return STOPPED;
  if (error !== undefined && !isKickstartError(error)) return exitStatusOfError(error);
  const nothingDone = state === 'undone' && !changed && !tookBack;
  if (nothingDone && isKickstartError(error) && error.state === 'refused') return statusOfState.refused;
  return statusOfEnd[state];
}

/** What the machine is like when there was no run: the error, or the first of an AggregateError, came before the first change. */
export function exitStatusOfError(error: unknown): number {
  if (error instanceof AggregateError) return exitStatusOfError(error.errors[0]);
  return statusOfState[isKickstartError(error) ? error.state : 'fault'];
}

const STOPPED = 130;

const statusOfEnd: Readonly<Record<Outcome['state'], number>> = {
  'as-asked': 0,
  undone: 4,
  kept: 5,
  'undo-incomplete': 5,
  'not-claimed': 6,
  'stopped-undone': STOPPED,
  'stopped-kept': STOPPED,
};

const statusOfState: Readonly<Record<MachineState, number>> = { fault: 1, usage: 2, refused: 3, failed: 4, 'not-claimed': 6 };
