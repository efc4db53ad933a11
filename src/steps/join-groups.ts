import { isKickstartError } from '../errors.ts';
import { findAccount, findGroup } from '../host/accounts.ts';
import type { ReadableSystem } from '../system/system.ts';
import { commandLine } from './command-line.ts';
import type { StepDefinition } from './definition.ts';
import { findAccountTools } from './find-account-tools.ts';
import { sharedAccount } from './shared-account.ts';

export interface JoinGroupsStep {
  kind: 'join-groups';
  user: string;
  /** Those that the machine does not have are passed over. */
  groups: readonly string[];
  /** Of this install; those of other installs beside it may use the same user. */
  stateDirectory: string;
}

export interface JoinGroupsUndo {
  user: string;
  /** In which the user was not. */
  joined: readonly string[];
  stateDirectory: string;
}

/** Puts a user into groups of the machine, beside its own. */
export const joinGroups: StepDefinition<JoinGroupsStep, JoinGroupsUndo> = {
  describe: ({ user, groups }) => `Put ${user} into those of the groups ${groups.join(', ')} that are here`,

  async inspect({ user, groups, stateDirectory }, system) {
    const joined = await groupsWithout(user, groups, system);
    return joined.length === 0 ? undefined : { user, joined, stateDirectory };
  },

  async run({ user, groups }, { system, signal, warn }) {
    const joined = await groupsWithout(user, groups, system);
    for (const group of joined) {
      try {
        await system.run(commandLine((await findAccountTools(system)).joinGroup(user, group)), signal);
      } catch (error) {
        // A user of LDAP and the like cannot be put into a group of the machine, and some machines have no program for it. The agent works without.
        if (!isKickstartError(error, 'HOST_COMMAND_FAILED') && !isKickstartError(error, 'HOST_UNSUPPORTED_SYSTEM')) throw error;
        warn(`${user} could not be put into the group ${group}: ${error.why}`);
      }
    }
  },

  async undo({ user, joined, stateDirectory }, { system, prove }) {
    if ((await findAccount(user, system)) === undefined) return;
    const other = await sharedAccount(user, stateDirectory, system);
    if (other) return prove(`Left ${user} in its groups: another install uses it, by its receipt ${other.receipt}.`);
    for (const name of joined) {
      if (!(await findGroup(name, system))?.members.includes(user)) continue;
      await system.run(commandLine((await findAccountTools(system)).leaveGroup(user, name)));
    }
  },
};

async function groupsWithout(user: string, groups: readonly string[], system: ReadableSystem): Promise<readonly string[]> {
  const found = await Promise.all(groups.map((name) => findGroup(name, system)));
  return found.flatMap((group) => (group === undefined || group.members.includes(user) ? [] : [group.name]));
}
