import { agentClaim, defaultCloudUrl } from '../host/agent-claim.ts';
import { type AgentSettings, agentSettings } from '../host/agent-configuration.ts';
import { generationOf } from '../host/agent-generation.ts';
import { agentLayout, rootOfProgram } from '../host/agent-layout.ts';
import { directoryOf, readAgentFile, statIfAllowed } from '../host/allowed-reads.ts';
import { cloneSuspicion } from '../host/clone-suspicion.ts';
import { keptClaim } from '../host/kept-claim.ts';
import { parsePrivateCa } from '../host/private-ca.ts';
import type { PlanInput } from '../plan/plan-input.ts';
import type { InstalledAgent } from '../plan/plan-install.ts';
import { agentKeyPair } from '../steps/agent-key-pair.ts';
import { runningAgent } from '../steps/running-agent.ts';
import type { ReadableSystem } from '../system/system.ts';

/** The agent that can be claimed or upgraded as it is; what must not be touched was refused before. */
export async function installedAgent(
  { options: { root, stateDirectory }, facts }: Pick<PlanInput, 'options' | 'facts'>,
  system: ReadableSystem,
): Promise<InstalledAgent | undefined> {
  const { existingInstall: existing, serviceManager, privileges } = facts;
  if (existing.kind === 'none' || existing.kind === 'unfinished') return undefined;
  const settings = await agentSettings(root, system, await generationOf(root, existing.version, system));
  const { generation, runAsUser, cloudEnabled, cloudBaseUrl, claimConfigurationFile, notFollowed } = settings;
  const claim = await agentClaim(settings, system);
  const [suspicion, trustedCa, configurationWritable, ownsClaim, kept, keyPair, running] = await Promise.all([
    cloneSuspicion(settings, system),
    readAgentFile(agentLayout(root).privateCaFile, system),
    system.canWrite(directoryOf(claimConfigurationFile ?? settings.configurationFile)),
    isClaimOwner(settings, system),
    keptCredentials(stateDirectory, system),
    agentKeyPair(settings, system),
    runningAgent({ root, settings, claim, version: existing.version }, system),
  ]);
  const byHand = existing.kind === 'foreign';
  const isService =
    byHand && serviceManager !== 'none' && privileges.isRoot && ownsService(existing.how, facts.serviceProgram, root);
  return {
    ...{ version: existing.version ?? 'of an unknown version', generation, runAsUser, byHand },
    ...{ configurationWritable, ownsClaim },
    restarts: !byHand || isService,
    ...(claim && { claim }),
    ...{ keyPair, ...(running && { running }), ...(kept && { kept }) },
    claimed: claim !== undefined && cloudEnabled,
    cloudEnabled,
    ...(cloudBaseUrl === undefined ? {} : { cloudBaseUrl }),
    cloudUrl: cloudBaseUrl ?? defaultCloudUrl,
    privateCa: (await system.stat(agentLayout(root).privateCaFile)) !== undefined,
    ...(trustedCa === undefined ? {} : trustOf(trustedCa)),
    ...(suspicion === undefined ? {} : { cloneSuspicion: suspicion }),
    ...(notFollowed === undefined ? {} : { notFollowed }),
  };
}

function trustOf(text: string): Pick<InstalledAgent, 'trustedCa' | 'trustsSystem'> {
  const { pem, withSystem } = parsePrivateCa(text);
  return { trustedCa: pem, trustsSystem: withSystem };
}

async function keptCredentials(stateDirectory: string, system: ReadableSystem): Promise<InstalledAgent['kept']> {
  const kept = await keptClaim(stateDirectory, system);
  if (kept === undefined) return undefined;
  return { from: kept.from, id: kept.claim.id, keyPair: await agentKeyPair({ claimDirectory: kept.from }, system) };
}

/** By the directory of the claim, or the one that it will be made in. A right to write alone, of a group, is not enough: the agent could not read the key. */
async function isClaimOwner({ claimDirectory }: AgentSettings, system: ReadableSystem): Promise<boolean> {
  const facts = (await statIfAllowed(claimDirectory, system)) ?? (await statIfAllowed(directoryOf(claimDirectory), system));
  return facts?.userId === system.processOwner().userId;
}

// A package has its service with it, in a place of the distribution's.
function ownsService(how: string, serviceProgram: string | undefined, root: string): boolean {
  return how.endsWith('-package') || (serviceProgram !== undefined && rootOfProgram(serviceProgram) === root);
}
