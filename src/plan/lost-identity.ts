import { keptPair, keyIsGone } from './claim-stages.ts';
import type { ClaimOptions } from './install-options.ts';
import type { AgentToClaim } from './plan-claim.ts';

/**
 * Why the node is claimed under a new id, as a sentence: it was claimed with a key that is no more, and the Cloud takes no other key for the
 * same id. undefined where its key is there, or where the user names an id. From 2.0 on each claim has an id of its own.
 */
export function lostIdentity(wanted: Pick<ClaimOptions, 'id' | 'newId'>, agent: AgentToClaim): string | undefined {
  const { generation, claim, kept, keyPair } = agent;
  if (generation === 'claim.conf' || wanted.newId || wanted.id !== undefined) return undefined;
  const earlier = claim?.id ?? kept?.id;
  if (earlier === undefined || !keyIsGone(keyPair) || keptPair(wanted, agent) !== undefined) return undefined;
  return `The Cloud knows node ${earlier} by a private key that is missing or damaged here: the agent is claimed as a new node, and the earlier one stays offline in the Cloud until it is removed there.`;
}
