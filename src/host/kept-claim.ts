import type { ReadableSystem } from '../system/system.ts';
import { type AgentClaim, agentClaim } from './agent-claim.ts';
import { readIfAllowed } from './allowed-reads.ts';
import { parseConfiguration } from './configuration-text.ts';

/** The credentials that the last unclaim kept below the state directory of the install; undefined when there are none. */
export async function keptClaim(
  stateDirectory: string,
  system: ReadableSystem,
): Promise<{ from: string; claim: AgentClaim } | undefined> {
  const names = (await system.list(stateDirectory)) ?? [];
  // Ids of runs sort by time.
  for (const name of names.filter((other) => other.startsWith('unclaim-')).toReversed()) {
    const from = `${stateDirectory}/${name}`;
    const configuration = parseConfiguration((await readIfAllowed(`${from}/cloud.conf`, system)) ?? '');
    const url = configuration.get('global')?.get('url');
    const claim = await agentClaim({ claimDirectory: from, ...(url === undefined ? {} : { cloudBaseUrl: url }) }, system);
    if (claim !== undefined) return { from, claim };
  }
  return undefined;
}
