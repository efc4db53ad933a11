import { scriptExitCodes, scriptExitUnknown } from '../cloud/claim-answers.ts';
import { isKickstartError } from '../errors.ts';
import type { World } from './world.ts';

/**
 * With --script-exit-codes the number of the agent's own claiming script for this error: 7 where it has none. Several refusals count as the first.
 * A claim that the agent has not heard of is a success with a warning for kickstart, and 5 for the script.
 */
export function claimStatus(
  status: number,
  { error, warnings = [] }: { error?: unknown; warnings?: readonly { error: Error }[] },
  { scriptExitCodes: wanted }: Pick<World, 'scriptExitCodes'>,
): number {
  // A script that is stopped ends with 130 too.
  if (!wanted || status === STOPPED) return status;
  const first = error instanceof AggregateError ? error.errors[0] : error;
  if (first === undefined) return warnings.some((warning) => isUnheard(warning.error)) ? SCRIPT_EXIT_UNHEARD : status;
  if (!isKickstartError(first)) return scriptExitUnknown;
  // The script does not look at the link: for it, a node that is claimed and not online is a success.
  return scriptExitCodes[first.code] ?? (first.code.startsWith('LINK_') ? 0 : scriptExitUnknown);
}

function isUnheard(error: Error): boolean {
  return isKickstartError(error) && scriptExitCodes[error.code] === SCRIPT_EXIT_UNHEARD;
}

const STOPPED = 130;
const SCRIPT_EXIT_UNHEARD = 5;
