import type { ReadableSystem } from '../system/system.ts';
import type { AgentSettings } from './agent-configuration.ts';
import { readAgentFile } from './allowed-reads.ts';
import { parseConfiguration } from './configuration-text.ts';
import { normalUrl } from './normal-url.ts';

/** What the files of an agent say of its claim. */
export interface AgentClaim {
  /** The claim id: lower case. */
  id: string;
  /** The Cloud that it was claimed to; absent for the agent's default. As normalUrl writes it. */
  url?: string;
  /** Absent where nothing tells. */
  rooms?: readonly string[];
}

/**
 * The claim of the agent with these settings; undefined when it is not claimed, or this user may not look.
 * 2.x writes id and rooms to cloud.conf too, and there they win; without rooms there it has none. Source: spec/claiming-and-link.md 3.2 and 3.3.
 */
export async function agentClaim(
  { claimDirectory, cloudBaseUrl }: Pick<AgentSettings, 'claimDirectory' | 'cloudBaseUrl'>,
  system: ReadableSystem,
): Promise<AgentClaim | undefined> {
  const [claimedId, configuration, roomsFile] = await Promise.all(
    ['claimed_id', 'cloud.conf', 'rooms'].map((name) => readAgentFile(`${claimDirectory}/${name}`, system)),
  );
  const cloud = parseConfiguration(configuration ?? '').get('global');
  const id = cloud?.get('claimed_id') || claimedId?.trim();
  if (id === undefined || !UUID.test(id)) return undefined;
  // 2.x comments the key out, or leaves it out, when there are none: seen with 2.10.4.
  const rooms = cloud?.get('rooms') ?? roomsFile ?? (cloud?.has('claimed_id') ? '' : undefined);
  return {
    id: id.toLowerCase(),
    ...(cloudBaseUrl === undefined ? {} : { url: normalUrl(cloudBaseUrl) }),
    ...(rooms === undefined ? {} : { rooms: rooms.split(',').flatMap((room) => room.trim() || []) }),
  };
}

/** Of agents whose settings name no other. Source: spec/claiming-and-link.md 3.3. */
export const defaultCloudUrl = 'https://app.netdata.cloud';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
