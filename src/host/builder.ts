import type { Owner, ReadableSystem } from '../system/system.ts';
import { directoryOf, readIfAllowed, statIfAllowed } from './allowed-reads.ts';

/**
 * A user as whom root can let compilers run: a number that no account has and no process runs as, so that nothing on the machine is theirs.
 * undefined where this user is not root, where the number cannot be one (user namespaces), or where others cannot reach the work directory.
 */
export async function builderUser(workDirectory: string, system: ReadableSystem): Promise<Owner | undefined> {
  if (system.processOwner().userId !== 0) return undefined;
  if (!(await canBeEntered(workDirectory, system))) return undefined;
  const [taken, users, groups] = await Promise.all([
    takenIds(system),
    mappedIds('/proc/self/uid_map', system),
    mappedIds('/proc/self/gid_map', system),
  ]);
  for (let id = firstId; id <= lastId; id += 1) {
    if (taken.has(id) || !users(id) || !groups(id)) continue;
    // Last, because it is a child process: accounts of LDAP and the like.
    const { exitCode } = await system.query({ program: 'getent', arguments: ['passwd', String(id)] });
    if (exitCode !== 0) return { userId: id, groupId: id };
  }
  return undefined;
}

/** Numbers in the account files, and of all that runs. */
async function takenIds(system: ReadableSystem): Promise<ReadonlySet<number>> {
  const [passwd = '', group = '', processes = []] = await Promise.all([
    readIfAllowed('/etc/passwd', system),
    readIfAllowed('/etc/group', system),
    system.list('/proc'),
  ]);
  const accounts = `${passwd}\n${group}`.split('\n').flatMap((line) => line.split(':').slice(2, 4));
  const facts = await Promise.all(
    processes.filter((name) => /^\d+$/.test(name)).map((name) => statIfAllowed(`/proc/${name}`, system)),
  );
  return new Set([...accounts.map(Number), ...facts.flatMap((fact) => (fact === undefined ? [] : [fact.userId, fact.groupId]))]);
}

/** Which numbers this user namespace has. Source: user_namespaces(7): lines of "inside outside length". */
async function mappedIds(path: string, system: ReadableSystem): Promise<(id: number) => boolean> {
  const text = await readIfAllowed(path, system);
  if (text === undefined) return () => true;
  const ranges = text.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return (id) => ranges.some(([inside = 0, , length = 0]) => id >= inside && id < inside + length);
}

/** Whether others may go through every directory above the path that is there now. */
async function canBeEntered(path: string, system: ReadableSystem): Promise<boolean> {
  const above = directoryOf(path);
  const facts = await statIfAllowed(above === '' ? '/' : above, system);
  const enterable = facts === undefined || (facts.kind === 'directory' && (facts.mode & 0o001) !== 0);
  return enterable && (above === '' || canBeEntered(above, system));
}

// The range in which systemd makes users for services for a time, so nobody gives an account such a number. Source: systemd's UIDS-GIDS.md.
const firstId = 61184;
const lastId = 65519;
