import { isKickstartError } from '../errors.ts';
import { shellsWithoutLogin } from '../host/account-tools.ts';
import { findAccount, findGroup } from '../host/accounts.ts';
import type { ReadableSystem, System } from '../system/system.ts';
import { commandLine } from './command-line.ts';
import type { RunContext, StepDefinition } from './definition.ts';
import { findAccountTools } from './find-account-tools.ts';
import { sharedAccount } from './shared-account.ts';

export interface CreateAccountStep {
  kind: 'create-account';
  /** The group has the same name. */
  user: string;
  /** Written into the account, not created. */
  home: string;
  /** Of this install; those of other installs beside it may use the same user. */
  stateDirectory: string;
}

export interface CreateAccountUndo {
  user: string;
  home: string;
  /** The group was not there before. */
  groupCreated: boolean;
  /** Receipts of the first version have none. */
  stateDirectory?: string;
}

/**
 * Creates a system user that nobody can log in as, and its group. A user that is there stays as it is, whatever its home and group. One that
 * another install of kickstart has created is this one's too: whichever goes last takes it away.
 */
export const createAccount: StepDefinition<CreateAccountStep, CreateAccountUndo> = {
  describe: ({ user }) => `Create the system user ${user}`,

  async inspect({ user, home, stateDirectory }, system) {
    const account = await findAccount(user, system);
    if (account === undefined) return { user, home, groupCreated: (await findGroup(user, system)) === undefined, stateDirectory };
    const shared = await sharedAccount(user, stateDirectory, system);
    if (shared?.home !== account.home) return undefined;
    return { user, home: shared.home, groupCreated: shared.groupCreated, stateDirectory };
  },

  async run({ user, home, stateDirectory }, context) {
    const { system, prove } = context;
    if ((await findAccount(user, system)) !== undefined) prove(`The user ${user} is here, for another install too`);
    else {
      const tools = await findAccountTools(system);
      const shell = (await findShell(system)) ?? '/bin/false';
      await makeSure(() => findGroup(user, system), tools.addGroup(user), context);
      await makeSure(() => findAccount(user, system), tools.addUser({ user, group: user, home, shell }), context);
    }
    // Another install may have been first, just now: then the user has the home that it gave.
    const account = await findAccount(user, system);
    if (account === undefined || account.home === home) return;
    const shared = await sharedAccount(user, stateDirectory, system);
    if (shared?.home === account.home) await context.addToUndo({ home: shared.home, groupCreated: shared.groupCreated });
  },

  async undo(undo, { system, prove }) {
    const account = await findAccount(undo.user, system);
    if (account !== undefined && account.home !== undo.home) {
      // The receipt may be years old, and this account another one of the same name.
      return prove(`Left the user ${undo.user}: its home is ${account.home}, so it is not the one that kickstart created.`);
    }
    const other = undo.stateDirectory && (await sharedAccount(undo.user, undo.stateDirectory, system));
    if (other) return prove(`Left the user ${undo.user}: another install uses it, by its receipt ${other.receipt}.`);
    // Looked for only when needed: what is gone already needs no program to remove it.
    if (account !== undefined) await system.run(commandLine((await findAccountTools(system)).removeUser(undo.user)));
    if (!undo.groupCreated) return;
    // userdel takes the group of the same name along where USERGROUPS_ENAB says so (login.defs); deluser always does.
    const group = await findGroup(undo.user, system);
    if (group === undefined) return;
    const users = [...group.members, ...(await usersOf(group.groupId, system))];
    if (users.length > 0)
      return prove(`Left the group ${undo.user}: ${users.join(', ')} ${users.length === 1 ? 'is' : 'are'} in it.`);
    await system.run(commandLine((await findAccountTools(system)).removeGroup(undo.user)));
  },
};

/** Two installs at once make the same account: the slower one finds it made, or the account files locked, which is over in a moment. */
async function makeSure(
  exists: () => Promise<unknown>,
  words: readonly string[],
  { system, signal }: Pick<RunContext, 'system' | 'signal'>,
): Promise<void> {
  for (let attempt = 1; (await exists()) === undefined; attempt += 1) {
    try {
      await system.run(commandLine(words), signal);
      return;
    } catch (error) {
      if (!isKickstartError(error, 'HOST_COMMAND_FAILED') || attempt === mostAttempts) throw error;
      await system.sleep(pauseMilliseconds, signal);
      signal.throwIfAborted();
    }
  }
}

async function findShell(system: ReadableSystem): Promise<string | undefined> {
  const present = await Promise.all(shellsWithoutLogin.map((path) => system.stat(path)));
  return shellsWithoutLogin[present.findIndex((facts) => facts !== undefined)];
}

async function usersOf(groupId: number, system: System): Promise<readonly string[]> {
  const lines = ((await system.readFile('/etc/passwd')) ?? '').split('\n').map((line) => line.split(':'));
  return lines.filter(([, , , id]) => id === String(groupId)).map(([name = '']) => name);
}

const mostAttempts = 5;
const pauseMilliseconds = 1000;
