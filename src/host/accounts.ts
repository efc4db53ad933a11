import { KickstartError } from '../errors.ts';
import type { Owner, ReadableSystem } from '../system/system.ts';

export interface Account extends Owner {
  name: string;
  home: string;
}

export interface Group {
  name: string;
  groupId: number;
  /** Users who are in it besides those whose first group it is. */
  members: readonly string[];
}

/**
 * The user with this name, with the group it starts with; undefined when there is none. Looks into /etc/passwd first, and then asks the name
 * services (LDAP and the like) through getent, which busybox systems do not have.
 */
export async function findAccount(name: string, system: ReadableSystem): Promise<Account | undefined> {
  const fields = await findEntry('passwd', name, system);
  if (fields === undefined) return undefined;
  const [, , userId, groupId, , home = ''] = fields;
  return { name, userId: Number(userId), groupId: Number(groupId), home };
}

/** The group with this name; undefined when there is none. Looks where findAccount looks. */
export async function findGroup(name: string, system: ReadableSystem): Promise<Group | undefined> {
  const fields = await findEntry('group', name, system);
  if (fields === undefined) return undefined;
  const [, , groupId, members = ''] = fields;
  return { name, groupId: Number(groupId), members: members.split(',').filter((member) => member !== '') };
}

/**
 * Who owns what is made for this user: the user with its first group for root, and else ourselves, because nobody else can give files away.
 * Throws HOST_ACCOUNT_MISSING.
 */
export async function ownerFor(user: string | undefined, system: ReadableSystem): Promise<Owner> {
  const self = system.processOwner();
  if (user === undefined || self.userId !== 0) return self;
  const account = await findAccount(user, system);
  if (account !== undefined) return { userId: account.userId, groupId: account.groupId };
  throw new KickstartError('HOST_ACCOUNT_MISSING', {
    what: `There is no user ${user} on this machine.`,
    why: 'Files of the agent are to belong to this user; it may have been removed while kickstart ran.',
    next: `Look with: getent passwd ${user}; then run kickstart again, which creates it.`,
  });
}

async function findEntry(
  database: 'passwd' | 'group',
  name: string,
  system: ReadableSystem,
): Promise<readonly string[] | undefined> {
  const local = entryOf(name, await system.readFile(`/etc/${database}`));
  if (local !== undefined) return local;
  const { exitCode, stdout } = await system.query({ program: 'getent', arguments: [database, name] });
  return exitCode === 0 ? entryOf(name, stdout) : undefined;
}

// A line with a number in the third field: what else is there (NIS marks, comments) is not an account.
function entryOf(name: string, text: string | undefined): readonly string[] | undefined {
  const lines = (text ?? '').split('\n').map((line) => line.split(':'));
  return lines.find(([entryName, , id]) => entryName === name && /^\d+$/.test(id ?? ''));
}
