import type { Owner, ReadableSystem } from '../system/system.ts';

export interface Account extends Owner {
  name: string;
}

/**
 * The user with this name, with the group it starts with; undefined when there is none. Looks into /etc/passwd first, and then asks the name
 * services (LDAP and the like) through getent, which busybox systems do not have.
 */
export async function findAccount(name: string, system: ReadableSystem): Promise<Account | undefined> {
  const fields = await findEntry('passwd', name, system);
  if (fields === undefined) return undefined;
  return { name, userId: Number(fields[2]), groupId: Number(fields[3]) };
}

/** The number of the group with this name; undefined when there is none. */
export async function findGroup(name: string, system: ReadableSystem): Promise<number | undefined> {
  const fields = await findEntry('group', name, system);
  return fields === undefined ? undefined : Number(fields[2]);
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
