import { ownerFor } from '../host/accounts.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import type { NewFile, Owner, System } from '../system/system.ts';
import type { StepDefinition } from './definition.ts';
import { filesThere, keptAt } from './kept-files.ts';
import { tellAgent } from './tell-agent.ts';
import { credentialFiles } from './unclaim-node.ts';

export interface RestoreClaimStep {
  kind: 'restore-claim';
  root: string;
  generation: AgentGeneration;
  /** Where an unclaim kept the credentials. They stay there, too. */
  from: string;
  tell: boolean;
  /** Whom they belong to, instead of the user that the agent runs as. */
  user?: string;
}

export interface RestoreClaimUndo {
  root: string;
  generation: AgentGeneration;
  /** Files that were not there before. */
  created: readonly string[];
}

/** Gives an agent without a claim the credentials back that were taken from it. Those that are there are left alone. */
export const restoreClaim: StepDefinition<RestoreClaimStep, RestoreClaimUndo> = {
  describe: ({ from }) => `Give the agent back the credentials that are kept in ${from}`,

  async inspect({ root, generation, from }, system) {
    const created = await missing({ root, generation, from }, system);
    return created.length === 0 ? undefined : { root, generation, created };
  },

  async run({ root, generation, from, tell, user }, { system, signal, prove }) {
    const { runAsUser, claimConfigurationFile } = await agentSettings(root, system, generation);
    const owner = await ownerFor(user ?? runAsUser, system);
    // What makes it claimed comes last.
    const paths = (await missing({ root, generation, from }, system)).toReversed();
    for (const path of paths) {
      const file = path === claimConfigurationFile ? ofAdministrator(owner, system) : { mode: modeOf(path), owner };
      await system.copyFile(keptAt(path, from), path, file);
    }
    prove('The agent has its credentials again');
    if (tell) await tellAgent({ root, generation }, system, signal);
  },

  async undo({ root, generation, created }, { system, purpose }) {
    for (const path of created) await system.removeFile(path);
    if (purpose === 'take-back') await tellAgent({ root, generation }, system);
  },
};

/** claim.conf is the administrator's: the agent only reads it. */
export function ofAdministrator(agent: Owner, system: Pick<System, 'processOwner'>): NewFile {
  const { userId, groupId } = system.processOwner();
  return { mode: 0o640, owner: { userId, groupId: userId === 0 ? agent.groupId : groupId } };
}

type Restored = Pick<RestoreClaimStep, 'root' | 'generation' | 'from'>;

async function missing(
  { root, generation, from }: Restored,
  system: Parameters<typeof filesThere>[1],
): Promise<readonly string[]> {
  const paths = credentialFiles(await agentSettings(root, system, generation));
  const there = new Set((await filesThere(paths, system)).map(({ path }) => path));
  const kept = await filesThere(
    paths.map((path) => keptAt(path, from)),
    system,
  );
  const copies = new Set(kept.map(({ path }) => path));
  return paths.filter((path) => !there.has(path) && copies.has(keptAt(path, from)));
}

function modeOf(path: string): number {
  return path.endsWith('/private.pem') ? 0o600 : 0o640;
}
