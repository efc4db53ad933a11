import type { Outcome } from '../engine/events.ts';
import { isKickstartError } from '../errors.ts';
import { printableJson } from '../system/printable.ts';
import { exitStatusOfError, exitStatusOfOutcome } from './exit-status.ts';
import type { View, Write } from './view.ts';

/** Events as JSON lines; the end of the run is the last line, `{"event":"result", …}`. Errors are `{code, what, why, next}` or `{message}`. */
export function viewJson(write: Write, statusOf: (outcome: Outcome) => number = exitStatusOfOutcome, say: Say = asItIs): View {
  return {
    draw: (event) => {
      write(event.event === 'run-ended' ? jsonResult(event.outcome, event.seconds, statusOf, say) : jsonLine(event, say));
    },
    finish: async () => {},
  };
}

/** Makes the command lines in a text those of this machine. */
type Say = (text: string) => string;

const asItIs: Say = (text) => text;

function jsonResult(outcome: Outcome, seconds: number, statusOf: (outcome: Outcome) => number, say: Say): string {
  const { changed, state, error, warnings, proofs } = outcome;
  return jsonLine(
    { event: 'result', changed, state, exitStatus: statusOf(outcome), ...{ seconds, error, warnings, proofs } },
    say,
  );
}

/** The result line of a command that ended before there was a run: a usage mistake, a refusal, a fault. Several refusals come as AggregateError. */
export function jsonResultOfError(error: unknown, exitStatus = exitStatusOfError(error), say: Say = asItIs): string {
  const errors = error instanceof AggregateError ? error.errors : [error];
  const [first] = errors;
  const state = isKickstartError(first) ? first.state : 'fault';
  return jsonLine({ event: 'result', changed: false, state, exitStatus, error: first, errors }, say);
}

function jsonLine(value: object, say: Say): string {
  return `${printableJson(value, (inner) => (inner instanceof Error ? plainError(inner, say) : inner))}\n`;
}

function plainError(error: Error, say: Say): Record<string, string> {
  if (!isKickstartError(error)) return { message: error.message };
  const { code, what, why, next } = error;
  return { code, what: say(what), why: say(why), next: say(next) };
}
