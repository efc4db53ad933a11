import { scriptExitCodes } from '../cloud/claim-answers.ts';
import { isKickstartError } from '../errors.ts';
import type { World } from './world.ts';

/**
 * With --script-exit-codes the number of the agent's own claiming script for this error, where it has one; else our own status.
 * Several refusals count as the first.
 */
export function claimStatus(status: number, error: unknown, { scriptExitCodes: wanted }: Pick<World, 'scriptExitCodes'>): number {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  if (!wanted || !isKickstartError(first)) return status;
  // The script does not look at the link: for it, a node that is claimed and not online is a success.
  return scriptExitCodes[first.code] ?? (first.code.startsWith('LINK_') ? 0 : status);
}
