import { ownerFor } from '../host/accounts.ts';
import { agentClaim } from '../host/agent-claim.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import type { NewFile, Owner, ReadableSystem, System } from '../system/system.ts';
import type { StepDefinition } from './definition.ts';
import { belongingsOfOthers, handBack, handOver } from './hand-over.ts';
import { bringBack, filesThere, type KeptFile, keepFiles, keptAt } from './kept-files.ts';
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
  /** Where files that are in their place are kept, for the undo. */
  backupDirectory: string;
}

export interface RestoreClaimUndo {
  root: string;
  generation: AgentGeneration;
  /** Files that were not there before. */
  created: readonly string[];
  /** Files that were there, of no claim: a new key that a refused claim has left. Absent in receipts of 0.1. */
  replaced?: readonly KeptFile[];
  backupDirectory?: string;
  /** What belonged to somebody else than the agent's user, as it was. */
  handedOver?: readonly KeptFile[];
}

/**
 * Gives an agent without a claim the credentials back that were taken from it. Those of an agent that has a claim are left alone. What the agent
 * could not read or write because somebody else owns it is handed over.
 */
export const restoreClaim: StepDefinition<RestoreClaimStep, RestoreClaimUndo> = {
  describe: ({ from }) => `Give the agent back the credentials that are kept in ${from}`,

  async inspect({ root, generation, from, user, backupDirectory }, system) {
    const { created, replaced } = await changes({ root, generation, from }, system);
    const handedOver = await belongingsOfOthers(await agentSettings(root, system, generation), user, system);
    if (created.length + replaced.length + handedOver.length === 0) return undefined;
    return {
      ...{ root, generation, created },
      ...(replaced.length > 0 && { replaced, backupDirectory }),
      ...(handedOver.length > 0 && { handedOver }),
    };
  },

  async run({ root, generation, from, tell, user, backupDirectory }, { system, signal, prove }) {
    const settings = await agentSettings(root, system, generation);
    const owner = await ownerFor(user ?? settings.runAsUser, system);
    const { paths, replaced } = await changes({ root, generation, from }, system);
    await keepFiles(replaced, backupDirectory, system);
    const others = (await belongingsOfOthers(settings, user, system)).map(({ path }) => path);
    await handOver(others, settings, owner, system);
    for (const path of others) prove(`${path} belongs to ${user ?? settings.runAsUser} now`);
    // What makes it claimed comes last.
    for (const path of paths.toReversed()) {
      const file = path === settings.claimConfigurationFile ? ofAdministrator(owner, system) : { mode: modeOf(path), owner };
      await system.copyFile(keptAt(path, from), path, file);
    }
    prove('The agent has its credentials again');
    if (tell) await tellAgent({ root, generation }, system, signal);
  },

  async undo({ root, generation, created, replaced = [], backupDirectory, handedOver = [] }, { system, purpose }) {
    for (const path of created) await system.removeFile(path);
    if (backupDirectory !== undefined) {
      await bringBack(replaced, backupDirectory, system);
      await system.removeTree(backupDirectory);
    }
    await handBack(handedOver, system);
    if (purpose === 'take-back') await tellAgent({ root, generation }, system);
  },
};

/** claim.conf is the administrator's: the agent only reads it. */
export function ofAdministrator(agent: Owner, system: Pick<System, 'processOwner'>): NewFile {
  const { userId, groupId } = system.processOwner();
  return { mode: 0o640, owner: { userId, groupId: userId === 0 ? agent.groupId : groupId } };
}

type Restored = Pick<RestoreClaimStep, 'root' | 'generation' | 'from'>;

/** All paths that a copy is kept of and that have to change, those of them that are not there, and the files that are in their place. */
async function changes(
  { root, generation, from }: Restored,
  system: ReadableSystem,
): Promise<{ paths: readonly string[]; created: readonly string[]; replaced: readonly KeptFile[] }> {
  const settings = await agentSettings(root, system, generation);
  const all = credentialFiles(settings);
  const kept = await filesThere(
    all.map((path) => keptAt(path, from)),
    system,
  );
  const copies = new Set(kept.map(({ path }) => path));
  const candidates = all.filter((path) => copies.has(keptAt(path, from)));
  const there = await filesThere(candidates, system);
  const created = candidates.filter((path) => !there.some((file) => file.path === path));
  const isClaimed = (await agentClaim(settings, system)) !== undefined;
  return isClaimed ? { paths: created, created, replaced: [] } : { paths: candidates, created, replaced: there };
}

function modeOf(path: string): number {
  return path.endsWith('/private.pem') ? 0o600 : 0o640;
}
