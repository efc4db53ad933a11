import type { KickstartError } from '../errors.ts';
import { pasteable } from './advice.ts';
import { exitStatusOfError } from './exit-status.ts';
import { explainError } from './explain-error.ts';
import { claimStatus } from './script-exit-codes.ts';
import { jsonResultOfError } from './view-json.ts';
import type { World } from './world.ts';

/** Says every reason, and gives the exit status: nothing was changed. */
export function refuse(reasons: readonly KickstartError[], json: boolean, world: World): number {
  const { output, version } = world;
  const say = (text: string) => pasteable(text, world);
  const refusal = new AggregateError(reasons);
  const status = claimStatus(exitStatusOfError(refusal), { error: refusal }, world);
  if (json) output.write(jsonResultOfError(refusal, status, say));
  else output.complain(`${explainError(refusal, { version, say }).join('\n')}\n`);
  return status;
}
