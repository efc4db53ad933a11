import type { KickstartError } from '../errors.ts';
import { exitStatusOfError } from './exit-status.ts';
import { explainError } from './explain-error.ts';
import type { World } from './world.ts';

/** Says every reason, and gives the exit status: nothing was changed. */
export function refuse(reasons: readonly KickstartError[], json: boolean, { output, version }: World): number {
  const exitStatus = exitStatusOfError(reasons[0]);
  if (json) {
    const errors = reasons.map(({ code, what, why, next }) => ({ code, what, why, next }));
    output.write(`${JSON.stringify({ event: 'result', changed: false, state: 'refused', exitStatus, errors })}\n`);
    return exitStatus;
  }
  output.complain(`${explainError(new AggregateError(reasons), { version }).join('\n')}\n`);
  return exitStatus;
}
