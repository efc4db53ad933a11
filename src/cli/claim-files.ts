import { agentSettings } from '../host/agent-configuration.ts';
import { agentLayout } from '../host/agent-layout.ts';
import { readItselfIfAllowed } from '../host/allowed-reads.ts';
import { parseConfiguration } from '../host/configuration-text.ts';
import type { ReadableSystem } from '../system/system.ts';

/** What an agent that is here has for its next claim; what this user may not read is as if it were not there. */
export interface ClaimFiles {
  token?: string;
  rooms?: string;
  /** Of the Cloud that it belongs to, or belonged to. */
  url?: string;
}

/**
 * The agent's user may write there, and what is found goes to the Cloud: no link is followed.
 * `token` and `rooms` from cloud.d, or claim.d of agents up to 1.21; the URL from cloud.conf, where agents from 2.0 on have the rooms, too.
 * Source: spec/claiming-and-link.md 3.1 to 3.4.
 */
export async function claimFiles(root: string, system: ReadableSystem): Promise<ClaimFiles> {
  const { claimDirectory, cloudDirectory, cloudBaseUrl } = await agentSettings(root, system);
  const directories = [claimDirectory, cloudDirectory, `${agentLayout(root).configurationDirectory}/claim.d`];
  const [token, roomsFile] = await Promise.all(['token', 'rooms'].map((name) => firstOf(directories, name, system)));
  const rooms = roomsFile ?? (await claimedRooms(cloudDirectory, system));
  return {
    ...(token === undefined ? {} : { token }),
    ...(rooms === undefined ? {} : { rooms }),
    ...(cloudBaseUrl === undefined ? {} : { url: cloudBaseUrl }),
  };
}

async function firstOf(directories: readonly string[], name: string, system: ReadableSystem): Promise<string | undefined> {
  const texts = await Promise.all(directories.map((directory) => readItselfIfAllowed(`${directory}/${name}`, system)));
  return texts.map((text) => text?.trim()).find(Boolean);
}

/** Such an agent has no file of its rooms any more once it is claimed. */
async function claimedRooms(cloudDirectory: string, system: ReadableSystem): Promise<string | undefined> {
  const text = await readItselfIfAllowed(`${cloudDirectory}/cloud.conf`, system);
  return (
    parseConfiguration(text ?? '')
      .get('global')
      ?.get('rooms') || undefined
  );
}
