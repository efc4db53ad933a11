import { type AgentSettings, agentSettings } from '../host/agent-configuration.ts';
import { agentLayout } from '../host/agent-layout.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import { readItselfIfAllowed } from '../host/allowed-reads.ts';
import type { System } from '../system/system.ts';
import type { StepContext, StepDefinition } from './definition.ts';
import { bringBack, filesThere, type KeptFile, keepFiles, keptAt } from './kept-files.ts';
import { restartByHand } from './start-lines.ts';
import { tellAgent } from './tell-agent.ts';

export interface UnclaimNodeStep {
  kind: 'unclaim-node';
  root: string;
  generation: AgentGeneration;
  /** false: the agent does not run now; it is started without its claim. */
  tell: boolean;
  /** How long the agent has to run on first: some versions abort when their claim is taken away too soon after their start. */
  settleSeconds?: number;
  /** Where the credentials are kept, for `--restore` and for the undo. */
  backupDirectory: string;
}

export interface UnclaimNodeUndo {
  root: string;
  generation: AgentGeneration;
  backupDirectory: string;
  files: readonly KeptFile[];
}

/**
 * Takes the credentials of the node away from its agent, whose link goes down with them; a copy is kept. What is no credential stays: the
 * machine GUID, the URL of the Cloud and the proxy in cloud.conf of agents up to 1.47, certificates.
 * Source: spec/claiming-and-link.md 3.7; a reload is enough up to 1.47, later agents forget their id only when they stop.
 */
export const unclaimNode: StepDefinition<UnclaimNodeStep, UnclaimNodeUndo> = {
  describe: () => 'Take the credentials of this node away from its agent, and keep a copy',

  async inspect({ root, generation, backupDirectory }, system) {
    const files = await filesThere(credentialFiles(await agentSettings(root, system, generation)), system);
    return files.length === 0 ? undefined : { root, generation, backupDirectory, files };
  },

  async run({ root, generation, tell, settleSeconds = 0, backupDirectory }, context) {
    const { system, signal, prove, warn } = context;
    await settle(settleSeconds, context);
    const files = await filesThere(credentialFiles(await agentSettings(root, system, generation)), system);
    await keepFiles(files, backupDirectory, system);
    await keepCa(root, backupDirectory, system);
    for (const { path } of files) await system.removeFile(path);
    prove(`The credentials are kept in ${backupDirectory}`);
    if (!tell) return;
    const told = await tellAgent({ root, generation }, system, signal);
    if (told.kind === 'not-told') warn(`${stillUp}${await restartByHand(root, system)}`);
  },

  async undo({ root, generation, backupDirectory, files }, { system, purpose }) {
    await bringBack(files.toReversed(), backupDirectory, system);
    await system.removeTree(backupDirectory);
    if (purpose === 'take-back') await tellAgent({ root, generation }, system);
  },
};

async function settle(seconds: number, { system, signal, progress }: StepContext): Promise<void> {
  for (let left = seconds; left > 0; left -= 1) {
    progress(`waiting until the agent can be without its claim, ${left} s left`);
    await system.sleep(1000, signal);
    signal.throwIfAborted();
  }
}

/** The CA stays with the agent; a restore gives it back, should it be another one by then. */
async function keepCa(root: string, backupDirectory: string, system: System): Promise<void> {
  const { privateCaFile } = agentLayout(root);
  const pem = await readItselfIfAllowed(privateCaFile, system);
  if (pem !== undefined) await system.writeFile(keptAt(privateCaFile, backupDirectory), pem, { mode: 0o600 });
}

/** What makes the node claimed, first what the agent looks at first: without it the rest is nothing to it. */
export function credentialFiles(
  settings: Pick<AgentSettings, 'generation' | 'claimDirectory' | 'claimConfigurationFile'>,
): readonly string[] {
  const { generation, claimDirectory, claimConfigurationFile } = settings;
  const names = generation === 'claim.conf' ? ['cloud.conf', ...credentials] : credentials;
  const inDirectory = names.map((name) => `${claimDirectory}/${name}`);
  // First of all what an agent would claim itself with, should it start just now.
  return claimConfigurationFile === undefined ? inDirectory : [claimConfigurationFile, ...inDirectory];
}

const credentials: readonly string[] = ['claimed_id', 'private.pem', 'public.pem', 'rooms', 'token'];
const stillUp = 'The agent runs and could not be told: its link stays up until it is restarted.';
