import { claim } from '../cloud/claim-client.ts';
import { readMachineGuid } from '../cloud/machine-guid.ts';
import { type ClaimProxy, proxyOf } from '../cloud/proxy.ts';
import { isKickstartError, KickstartError } from '../errors.ts';
import { ownerFor } from '../host/accounts.ts';
import { type AgentSettings, agentSettings } from '../host/agent-configuration.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import { claimCertificates } from '../host/claim-certificates.ts';
import { cloneSuspicion } from '../host/clone-suspicion.ts';
import { setConfigurationValue } from '../host/configuration-text.ts';
import type { Secret } from '../system/secret.ts';
import type { ReadableSystem, System } from '../system/system.ts';
import { keyFiles } from './agent-key-pair.ts';
import type { StepContext, StepDefinition } from './definition.ts';
import { bytesAsText, textAsBytes } from './edited-file.ts';
import { hearAgent } from './hear-agent.ts';
import { bringBack, filesThere, type KeptFile, keepFiles, keptAt } from './kept-files.ts';
import { linkProxyNotes } from './link-proxy-notes.ts';
import { sayTold, tellAgent } from './tell-agent.ts';

export interface ClaimNodeStep {
  kind: 'claim-node';
  root: string;
  /** Those from 2.0 on claim themselves: claim-by-agent. */
  generation: Exclude<AgentGeneration, 'claim.conf'>;
  /** semver; absent when it is not known. */
  agentVersion?: string;
  /** kickstart did not install it. */
  byHand?: true;
  url: string;
  token: Secret;
  rooms: readonly string[];
  hostname: string;
  /** What the Cloud is to call the node; `new`: a random id. Absent: the machine GUID. */
  id?: string;
  ca?: { file: string; pem: string };
  proxy: ClaimProxy;
  insecure: boolean;
  verbose: boolean;
  /** false: the agent is not told, and takes the claim up when it starts. */
  tell: boolean;
  /** A later step sees the agent claimed and online, and has the last word. */
  proofFollows?: true;
  /** The node whose credentials an unclaim has kept. */
  keptId?: string;
  /** Whom the files belong to, instead of the user that the agent runs as. */
  user?: string;
  /** Where the claim that was there before is kept, for the undo. */
  backupDirectory: string;
}

export interface ClaimNodeUndo {
  root: string;
  generation?: AgentGeneration;
  cloudDirectory: string;
  backupDirectory: string;
  /** Those of `claimFiles` that were there before; receipts of 0.1 have their names only. */
  before: readonly (string | KeptFile)[];
}

// `token` is a default for later claims, and the agent's own script removes it after a success too. Source: spec/claiming-and-link.md 3.2.
const claimFiles = ['claimed_id', 'cloud.conf', 'cloud_fullchain.pem', 'rooms', 'token'] as const;

/**
 * Claims the node: the request, the state on disk, and the word to the running agent.
 * Throws CLAIM_…; then nothing of the earlier claim is lost. Needs create-identity before it. Source: spec/claiming-and-link.md 1 to 3.
 */
export const claimNode: StepDefinition<ClaimNodeStep, ClaimNodeUndo> = {
  describe: ({ url, rooms }) => `Claim this node to ${url}${rooms.length === 0 ? '' : `, rooms ${rooms.join(', ')}`}`,

  async inspect({ root, generation, backupDirectory }, system) {
    const { claimDirectory } = await agentSettings(root, system, generation);
    const before = await filesThere(pathsIn(claimDirectory), system);
    return { root, generation, cloudDirectory: claimDirectory, backupDirectory, before };
  },

  async run(step, context) {
    const { system, signal, prove } = context;
    const settings = await agentSettings(step.root, system, step.generation);
    await refuseWithoutCloud(step, settings, system);
    const { guid, publicKey } = await identity(settings, system);
    const id = step.id === 'new' ? system.randomUuid() : (step.id ?? guid);
    const suspicion = await cloneSuspicion(settings, system);
    if (suspicion !== undefined && step.id === undefined) prove(suspicion);
    const { proxyHttpVersion } = await ask(step, { settings, id, guid, publicKey }, context).catch((error: unknown) => {
      throw step.keptId === id ? withKept(error) : error;
    });
    prove(`The Cloud accepted the claim of node ${id}`);
    await writeClaim(step, settings, id, system);
    for (const note of linkProxyNotes({ ...step, settings, ...(proxyHttpVersion && { proxyHttpVersion }) })) prove(note);
    if (step.tell) sayTold(await tellAgent(step, system, signal), context);
    else prove('The agent takes the claim up when it starts.');
    if (step.proofFollows === undefined) prove('Agent was successfully claimed.');
  },

  async undo({ root, generation = 'cloud.d', cloudDirectory, backupDirectory, before }, { system, purpose }) {
    const kept = await Promise.all(
      before.map((file) => (typeof file === 'string' ? asKept(file, cloudDirectory, system) : file)),
    );
    const there = new Set(kept.map(({ path }) => path));
    for (const path of pathsIn(cloudDirectory)) if (!there.has(path)) await system.removeFile(path);
    await bringBack(kept, backupDirectory, system);
    await system.removeTree(backupDirectory);
    if (purpose === 'take-back') await tellAgent({ root, generation }, system);
  },
};

interface Identity {
  settings: AgentSettings;
  id: string;
  guid: string;
  publicKey: string;
}

async function ask(
  step: ClaimNodeStep,
  { settings, id, guid, publicKey }: Identity,
  { system, signal, progress, prove }: StepContext,
) {
  const caFile = step.ca?.file ?? (await claimCertificates(settings, system));
  const proxy = proxyOf(step.proxy, settings.proxy);
  progress(`asking ${step.url}`);
  return claim(
    {
      ...{ url: step.url, id, hostname: step.hostname, machineGuid: guid, token: step.token, rooms: step.rooms, publicKey },
      ...(caFile === undefined ? {} : { caFile }),
      ...(proxy === undefined ? {} : { proxy }),
      ...(step.insecure ? { insecure: true } : {}),
      // With --claim-verbose it stays on the screen.
      ...(step.verbose ? { verbose: true, progress: prove } : { progress }),
    },
    system,
    signal,
  );
}

/** The Cloud knows the node by the key that an unclaim has taken away. */
function withKept(error: unknown): unknown {
  if (!isKickstartError(error, 'CLAIM_ALREADY')) return error;
  const { what, why, next } = error;
  return new KickstartError('CLAIM_ALREADY', {
    ...{ what, why, cause: error },
    next: `The credentials of this node are kept since it was unclaimed: kickstart unclaim --restore gives them back, and needs no token. ${next}`,
  });
}

async function identity(settings: AgentSettings, system: ReadableSystem): Promise<Pick<Identity, 'guid' | 'publicKey'>> {
  const guid = await readMachineGuid(settings.registryFile, system);
  const { publicKey: path } = keyFiles(settings);
  // What it says is sent: it is not to be a link to a file that only root reads.
  await filesThere([path], system);
  const publicKey = await system.readFile(path, { links: 'refused' });
  if (guid !== undefined && publicKey !== undefined) return { guid, publicKey };
  throw new KickstartError('CLAIM_MACHINE_GUID', {
    what: 'Failed to claim this node: it has no identity.',
    why: `The machine GUID in ${settings.registryFile} or the key in ${settings.claimDirectory} is missing or damaged.`,
    next: 'Run kickstart again: it makes what is missing.',
  });
}

/** The claim on disk, each file whole or not there; `claimed_id` last, because with it the node counts as claimed. */
async function writeClaim(step: ClaimNodeStep, settings: AgentSettings, id: string, system: System): Promise<void> {
  const { claimDirectory } = settings;
  const owner = await ownerFor(step.user ?? settings.runAsUser, system);
  const file = { mode: 0o640, owner };
  await keepFiles(await filesThere(pathsIn(claimDirectory), system), step.backupDirectory, system);
  if (step.generation === 'cloud.d') await writeCloudConfiguration(step, claimDirectory, file, system);
  if (step.ca !== undefined) await system.writeFile(`${claimDirectory}/cloud_fullchain.pem`, step.ca.pem, file);
  // Also when there are none: the file says which rooms this claim is for.
  await system.writeFile(`${claimDirectory}/rooms`, step.rooms.join(','), file);
  await system.writeFile(`${claimDirectory}/claimed_id`, id, file);
  await system.removeFile(`${claimDirectory}/token`);
}

type ClaimFile = Parameters<System['writeFile']>[2];

async function writeCloudConfiguration(
  { url, backupDirectory }: ClaimNodeStep,
  directory: string,
  file: ClaimFile,
  system: System,
) {
  const path = `${directory}/cloud.conf`;
  // As it was kept, and not as the agent's user may have made it meanwhile: a link to a file that only root reads.
  const text = (await bytesAsText(keptAt(path, backupDirectory), system)) ?? '';
  const enabled = setConfigurationValue(text, 'global', 'enabled', 'yes');
  await system.writeFile(path, textAsBytes(setConfigurationValue(enabled, 'global', 'cloud base url', url)), file);
}

/** What a claim writes or takes away, or sends. */
export function writtenFiles(settings: Pick<AgentSettings, 'claimDirectory'>): readonly string[] {
  return [...pathsIn(settings.claimDirectory), keyFiles(settings).publicKey];
}

function pathsIn(directory: string): readonly string[] {
  return claimFiles.map((name) => `${directory}/${name}`);
}

async function asKept(name: string, directory: string, system: ReadableSystem): Promise<KeptFile> {
  const { userId, groupId } = (await system.stat(directory)) ?? system.processOwner();
  return { path: `${directory}/${name}`, mode: 0o640, userId, groupId };
}

async function refuseWithoutCloud(
  { root, byHand }: Pick<ClaimNodeStep, 'root' | 'byHand'>,
  settings: AgentSettings,
  system: StepContext['system'],
): Promise<void> {
  const hearing = await hearAgent({ root, settings }, system);
  if (hearing.kind === 'unheard' || hearing.info.cloudAvailable) return;
  throw new KickstartError('CLAIM_AGENT_WITHOUT_CLOUD', {
    what: 'Failed to claim this node: the agent was built without Cloud and cannot be claimed.',
    why:
      hearing.info.cloudEnabled || settings.generation === 'claim.d'
        ? 'It says cloud-available: false: a library of the agent-cloud link was missing when it was built.'
        : 'It says cloud-enabled: false: it was built with --disable-cloud.',
    next: byHand
      ? 'It needs to be built or installed again with Cloud, in the way it came here.'
      : 'Take it away with kickstart uninstall, and install again with --require-cloud: then the missing library is named.',
  });
}
