import { claim } from '../cloud/claim-client.ts';
import { machineGuid } from '../cloud/machine-guid.ts';
import { isKickstartError, KickstartError } from '../errors.ts';
import { ownerFor } from '../host/accounts.ts';
import { type AgentSettings, agentSettings } from '../host/agent-configuration.ts';
import { agentLayout } from '../host/agent-layout.ts';
import { setConfigurationValue } from '../host/configuration-text.ts';
import type { Secret } from '../system/secret.ts';
import type { Owner, System } from '../system/system.ts';
import { agentInfo } from './agent-info.ts';
import { keyFiles } from './create-identity.ts';
import type { StepContext, StepDefinition } from './definition.ts';

export interface ClaimNodeStep {
  kind: 'claim-node';
  root: string;
  url: string;
  token: Secret;
  rooms: readonly string[];
  hostname: string;
  ca?: { file: string; pem: string };
  /** Where the claim that was there before is kept, for the undo. */
  backupDirectory: string;
}

export interface ClaimNodeUndo {
  root: string;
  cloudDirectory: string;
  backupDirectory: string;
  /** Those of `claimFiles` that were there before. */
  before: readonly string[];
}

// `token` is a default for later claims, and the agent's own script removes it after a success too. Source: spec/claiming-and-link.md 3.2.
const claimFiles = ['claimed_id', 'cloud.conf', 'cloud_fullchain.pem', 'rooms', 'token'] as const;

/**
 * Claims the node: the request, the state on disk, and the word to the running agent.
 * Throws CLAIM_…; then nothing of the earlier claim is lost. Needs create-identity before it. Source: spec/claiming-and-link.md 1 and 3.
 */
export const claimNode: StepDefinition<ClaimNodeStep, ClaimNodeUndo> = {
  describe: ({ url, rooms }) => `Claim this node to ${url}${rooms.length === 0 ? '' : `, rooms ${rooms.join(', ')}`}`,

  async inspect({ root, backupDirectory }, system) {
    const { cloudDirectory } = await agentSettings(root, system);
    const present = await Promise.all(
      claimFiles.map(async (name) => [name, await system.stat(`${cloudDirectory}/${name}`)] as const),
    );
    const before = present.filter(([, facts]) => facts !== undefined).map(([name]) => name);
    return { root, cloudDirectory, backupDirectory, before };
  },

  async run(step, { system, signal, progress, prove }) {
    const settings = await agentSettings(step.root, system);
    await refuseWithoutCloud(settings, system);
    const id = machineGuid(await system.readFile(settings.registryFile));
    const publicKey = await system.readFile(keyFiles(settings).publicKey);
    if (id === undefined || publicKey === undefined) throw noIdentity(settings);
    progress(`asking ${step.url}`);
    await claim(
      {
        url: step.url,
        id,
        hostname: step.hostname,
        machineGuid: id,
        token: step.token,
        rooms: step.rooms,
        publicKey,
        ...(step.ca === undefined ? {} : { caFile: step.ca.file }),
      },
      system,
      signal,
    );
    prove(`The Cloud accepted the claim of node ${id}`);
    await writeClaim(step, settings, id, system);
    await tellAgent(step.root, system);
    prove('Agent was successfully claimed.');
  },

  async undo({ root, cloudDirectory, backupDirectory, before }, context) {
    for (const name of claimFiles) await takeBack(name, { cloudDirectory, backupDirectory, before }, context.system);
    await context.system.removeTree(backupDirectory);
    if (context.purpose === 'take-back') await tellAgent(root, context.system);
  },
};

/** The claim on disk, each file whole or not there; `claimed_id` last, because with it the node counts as claimed. */
async function writeClaim(step: ClaimNodeStep, settings: AgentSettings, id: string, system: System): Promise<void> {
  const { cloudDirectory } = settings;
  const owner = await ownerFor(settings.runAsUser, system);
  await keepBefore(cloudDirectory, step.backupDirectory, system);
  // As it was kept, and not as the agent's user may have made it meanwhile: a link to a file that only root reads.
  const configuration = (await system.readFile(`${step.backupDirectory}/cloud.conf`)) ?? '';
  const enabled = setConfigurationValue(configuration, 'global', 'enabled', 'yes');
  const file = { mode: 0o640, owner };
  await system.writeFile(
    `${cloudDirectory}/cloud.conf`,
    setConfigurationValue(enabled, 'global', 'cloud base url', step.url),
    file,
  );
  if (step.ca !== undefined) await system.writeFile(`${cloudDirectory}/cloud_fullchain.pem`, step.ca.pem, file);
  if (step.rooms.length > 0) await system.writeFile(`${cloudDirectory}/rooms`, step.rooms.join(','), file);
  await system.writeFile(`${cloudDirectory}/claimed_id`, id, file);
  await system.removeFile(`${cloudDirectory}/token`);
}

async function keepBefore(cloudDirectory: string, backupDirectory: string, system: System): Promise<void> {
  const self: Owner = system.processOwner();
  for (const name of claimFiles) {
    if ((await system.stat(`${cloudDirectory}/${name}`)) === undefined) continue;
    await system.createDirectory(backupDirectory, { mode: 0o700, owner: self });
    await system.copyFile(`${cloudDirectory}/${name}`, `${backupDirectory}/${name}`, { mode: 0o600, owner: self });
  }
}

async function takeBack(name: string, { cloudDirectory, backupDirectory, before }: Omit<ClaimNodeUndo, 'root'>, system: System) {
  const path = `${cloudDirectory}/${name}`;
  if (!before.includes(name)) return system.removeFile(path);
  // Without a backup the file was not changed yet.
  if ((await system.stat(`${backupDirectory}/${name}`)) === undefined) return;
  const directory = await system.stat(cloudDirectory);
  const owner = directory === undefined ? system.processOwner() : { userId: directory.userId, groupId: directory.groupId };
  await system.copyFile(`${backupDirectory}/${name}`, path, { mode: 0o640, owner });
  await system.removeFile(`${backupDirectory}/${name}`);
}

/** Tells a running agent to read its claim again. An agent that does not run reads it when it starts. */
async function tellAgent(root: string, system: System): Promise<void> {
  const { netdatacli } = agentLayout(root);
  try {
    await system.run({ program: netdatacli, arguments: ['reload-claiming-state'], timeoutSeconds: 15 });
  } catch (error) {
    if (!isKickstartError(error, 'HOST_COMMAND_FAILED')) throw error;
  }
}

async function refuseWithoutCloud({ port }: AgentSettings, system: StepContext['system']): Promise<void> {
  const info = await agentInfo(port, system);
  if (info === undefined || info.cloudAvailable) return;
  throw new KickstartError('CLAIM_AGENT_WITHOUT_CLOUD', {
    what: 'Failed to claim this node: the agent was built without Cloud and cannot be claimed.',
    why: info.cloudEnabled
      ? 'It says cloud-available: false: a library of the agent-cloud link was missing when it was built.'
      : 'It says cloud-enabled: false: it was built with --disable-cloud.',
    next: 'Take it away with kickstart uninstall, and install again with --require-cloud: then the missing library is named.',
  });
}

function noIdentity({ registryFile, cloudDirectory }: AgentSettings): KickstartError {
  return new KickstartError('CLAIM_MACHINE_GUID', {
    what: 'Failed to claim this node: it has no identity.',
    why: `The machine GUID in ${registryFile} or the key in ${cloudDirectory} is missing or damaged.`,
    next: 'Run kickstart again: it makes what is missing.',
  });
}
