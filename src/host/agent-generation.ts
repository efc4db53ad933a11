import type { ReadableSystem } from '../system/system.ts';
import { type AgentLayout, agentLayout } from './agent-layout.ts';
import { type AgentGeneration, agentGeneration } from './agent-version.ts';
import { readAgentFile, statIfAllowed } from './allowed-reads.ts';
import { type Configuration, parseConfiguration } from './configuration-text.ts';

/**
 * How the agent below `root` is claimed. Its claiming script comes first: the nightlies between 1.47 and 2.0 call themselves 1.47 and claim as 2.0 does.
 * Then the version, where it is known (semver); then what is on the disk; and without any of that, as most agents do.
 * Source: spec/claiming-and-link.md 2.1, 3.1 and 10.
 */
export async function generationOf(root: string, version: string | undefined, system: ReadableSystem): Promise<AgentGeneration> {
  const layout = agentLayout(root);
  const script = await claimScript(layout, system);
  if (script?.includes(HANDS_OVER)) return 'claim.conf';
  const byVersion = version !== undefined && /^\d+\.\d+\./.test(version) ? agentGeneration(version) : undefined;
  return byVersion ?? generationByState(layout, script, system);
}

async function generationByState(
  layout: AgentLayout,
  script: string | undefined,
  system: ReadableSystem,
): Promise<AgentGeneration> {
  const [claimConfiguration, cloudSettings, cloudDirectory, claimDirectory] = await Promise.all([
    statIfAllowed(`${layout.configurationDirectory}/claim.conf`, system),
    readAgentFile(`${layout.libraryDirectory}/cloud.d/cloud.conf`, system),
    statIfAllowed(`${layout.libraryDirectory}/cloud.d`, system),
    statIfAllowed(`${layout.configurationDirectory}/claim.d`, system),
  ]);
  if (claimConfiguration !== undefined || isWrittenByAgent(parseConfiguration(cloudSettings ?? ''))) return 'claim.conf';
  if (script !== undefined) return script.includes('cloud.d') || !script.includes('claim.d') ? 'cloud.d' : 'claim.d';
  return cloudDirectory === undefined && claimDirectory !== undefined ? 'claim.d' : 'cloud.d';
}

// From 2.0 on the agent writes its claim there, and under another name than the script did.
function isWrittenByAgent(cloud: Configuration): boolean {
  return ['url', 'claimed_id'].some((key) => cloud.get('global')?.has(key));
}

async function claimScript({ claimScripts }: AgentLayout, system: ReadableSystem): Promise<string | undefined> {
  const texts = await Promise.all(claimScripts.map((path) => readAgentFile(path, system)));
  return texts.find((text) => text !== undefined);
}

/** In a script that only writes claim.conf, for installers to find. */
const HANDS_OVER = '%%NEW_CLAIMING_METHOD%%';
