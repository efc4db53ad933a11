import type { ReadableSystem } from '../system/system.ts';
import { type AgentClaim, agentClaim } from './agent-claim.ts';
import { listIfAllowed, readAgentFile } from './allowed-reads.ts';
import { parseConfiguration } from './configuration-text.ts';
import { parsePrivateCa } from './private-ca.ts';

/** Credentials that an unclaim has kept. */
export interface KeptClaim {
  /** The directory that they are in. */
  from: string;
  claim: AgentClaim;
  /** The certificates of the private CA that the agent trusted then. */
  ca?: string;
}

/** The credentials that the last unclaim kept below the state directory of the install; undefined when there are none, or this user may not look. */
export async function keptClaim(stateDirectory: string, system: ReadableSystem): Promise<KeptClaim | undefined> {
  const names = (await listIfAllowed(stateDirectory, system)) ?? [];
  // Ids of runs sort by time.
  for (const name of names.filter((other) => other.startsWith('unclaim-')).toReversed()) {
    const from = `${stateDirectory}/${name}`;
    const configuration = parseConfiguration((await readAgentFile(`${from}/cloud.conf`, system)) ?? '');
    const url = configuration.get('global')?.get('url');
    const claim = await agentClaim({ claimDirectory: from, ...(url === undefined ? {} : { cloudBaseUrl: url }) }, system);
    if (claim === undefined) continue;
    const ca = await readAgentFile(`${from}/cloud-ca.pem`, system);
    return { from, claim, ...(ca === undefined ? {} : { ca: parsePrivateCa(ca).pem }) };
  }
  return undefined;
}
