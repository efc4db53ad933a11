import type { KickstartError } from '../errors.ts';
import { exitStatusOfError } from './exit-status.ts';
import { explainError } from './explain-error.ts';
import { jsonResultOfError } from './view-json.ts';
import type { World } from './world.ts';

/** Says every reason, and gives the exit status: nothing was changed. */
export function refuse(reasons: readonly KickstartError[], json: boolean, { output, version }: World): number {
  const refusal = new AggregateError(reasons);
  if (json) output.write(jsonResultOfError(refusal));
  else output.complain(`${explainError(refusal, { version }).join('\n')}\n`);
  return exitStatusOfError(reasons[0]);
}
