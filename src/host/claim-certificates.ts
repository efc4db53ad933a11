import type { ReadableSystem } from '../system/system.ts';
import type { AgentSettings } from './agent-configuration.ts';
import { statIfAllowed } from './allowed-reads.ts';

/**
 * The certificates that an administrator has left for the claim call, and for that alone: cloud_fullchain.pem, and from 2.0 on trusted.pem before it.
 * A link is none of them. Source: spec/claiming-and-link.md 1.5.
 */
export async function claimCertificates(
  { claimDirectory, generation }: Pick<AgentSettings, 'claimDirectory' | 'generation'>,
  system: ReadableSystem,
): Promise<string | undefined> {
  for (const name of generation === 'claim.conf' ? ['trusted.pem', 'cloud_fullchain.pem'] : ['cloud_fullchain.pem']) {
    const path = `${claimDirectory}/${name}`;
    if ((await statIfAllowed(path, system))?.kind === 'file') return path;
  }
  return undefined;
}
