import { findAccount } from '../host/accounts.ts';
import type { AgentSettings } from '../host/agent-configuration.ts';
import { statIfAllowed } from '../host/allowed-reads.ts';
import type { FileFacts, ReadableSystem } from '../system/system.ts';
import type { AgentProcess } from './agent-process.ts';

/**
 * Why the agent cannot read a file of its claim, as a sentence; undefined when it can, or when this user cannot tell.
 * By the rights that its process has now; for an agent that does not run, by the user that it will run as.
 */
export async function unreadableCredentials(
  { claimDirectory, runAsUser }: Pick<AgentSettings, 'claimDirectory' | 'runAsUser'>,
  agent: AgentProcess | undefined,
  system: ReadableSystem,
): Promise<string | undefined> {
  const directory = await statIfAllowed(claimDirectory, system);
  if (directory === undefined) return undefined;
  const user = agent?.user ?? (await userNamed(runAsUser, system));
  if (user === undefined || user.userId === 0) return undefined;
  if (!mayUse(directory, user, ENTER)) return sentence(claimDirectory, directory, runAsUser);
  for (const name of ['claimed_id', 'private.pem', 'cloud.conf']) {
    const path = `${claimDirectory}/${name}`;
    const file = await statIfAllowed(path, system);
    if (file?.kind === 'file' && !mayUse(file, user, READ)) return sentence(path, file, runAsUser);
  }
  return undefined;
}

type User = NonNullable<AgentProcess['user']>;

async function userNamed(name: string, system: ReadableSystem): Promise<User | undefined> {
  const account = await findAccount(name, system);
  return account && { userId: account.userId, groupIds: [account.groupId] };
}

/** The first class that a user is in decides, as in the kernel. */
function mayUse({ mode, userId, groupId }: FileFacts, user: User, bit: number): boolean {
  if (userId === user.userId) return (mode & (bit << 6)) !== 0;
  if (user.groupIds.includes(groupId)) return (mode & (bit << 3)) !== 0;
  return (mode & bit) !== 0;
}

function sentence(path: string, { mode, userId, groupId }: FileFacts, user: string): string {
  return `The agent runs as ${user} and cannot read ${path}: it belongs to user ${userId} and group ${groupId}, with mode ${mode.toString(8).padStart(4, '0')}.`;
}

const READ = 4;
const ENTER = 1;
