import { KickstartError } from '../errors.ts';
import { keptPair, keyIsGone } from './claim-stages.ts';
import type { ClaimOptions } from './install-options.ts';
import { type AgentToClaim, editsConfiguration, sameClaim } from './plan-claim.ts';

/**
 * A claim that takes effect only when the agent is started again, where kickstart cannot do that: refused before the Cloud is asked, because a try
 * would cut the link that is up, or leave a node that never connects.
 */
export function restartNeeded(claim: ClaimOptions, agent: AgentToClaim): KickstartError | undefined {
  if (agent.restarts || agent.running === undefined || !claim.daemonRuns || !claim.reload) return undefined;
  const why = sameClaim(claim, agent) === undefined ? reasonFor(claim, agent) : undefined;
  if (why === undefined) return undefined;
  return new KickstartError('CLAIM_STOP_AGENT_FIRST', {
    what: 'This claim takes effect only when the agent is started again, and kickstart cannot restart this agent.',
    why,
    next:
      why === untrusted
        ? `${wayOut}, with SSL_CERT_FILE=${claim.ca?.file} in its environment. Or leave out --ca-file, where the system trusts the certificate of the Cloud.`
        : `${wayOut}.`,
  });
}

function reasonFor(claim: ClaimOptions, agent: AgentToClaim): string | undefined {
  const { generation, running, keyPair } = agent;
  if (generation === 'claim.conf' && (agent.claim !== undefined || running?.remembers))
    return 'The agent keeps the id of its earlier claim in memory until it stops.';
  const makesKey = keyIsGone(keyPair) && keptPair(claim, agent) === undefined;
  if (generation !== 'claim.conf' && running?.remembers && makesKey)
    return 'The agent keeps the private key of its earlier claim in memory until it stops, and this claim needs a new one.';
  if (editsConfiguration(claim, agent)) return 'The agent reads the settings that this claim changes only when it starts.';
  return claim.ca !== undefined && running?.trustsSystemOnly ? untrusted : undefined;
}

const wayOut = 'Stop the agent, run the same line with --claim-daemon-not-running, and start the agent again';
const untrusted = 'The link of the agent trusts the certificates of the system only: it was started without SSL_CERT_FILE.';
