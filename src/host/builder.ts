import type { Owner, ReadableSystem } from '../system/system.ts';
import { directoryOf, readIfAllowed, statIfAllowed } from './allowed-reads.ts';

/**
 * Users as whom root can let compilers run, one for each build: numbers that no account has and no process runs as, so that nothing on the
 * machine is theirs. None where this user is not root, where the numbers cannot be users (user namespaces), or where others cannot reach the
 * work directory. They come in blocks, and where the search begins follows from the process id: two kickstarts at once take different ones.
 * Only where their ids differ by a multiple of 75, and neither has unpacked or compiled yet, do both take the same; then builds of one can end
 * those of the other, which fail and say so, and the two can change each other's files until they are installed.
 */
export async function builderUsers(workDirectory: string, system: ReadableSystem): Promise<readonly Owner[]> {
  if (system.processOwner().userId !== 0) return [];
  if (!(await canBeEntered(workDirectory, system))) return [];
  const [taken, users, groups, processId] = await Promise.all([
    takenIds(workDirectory, system),
    mappedIds('/proc/self/uid_map', system),
    mappedIds('/proc/self/gid_map', system),
    // A link to the process id; where it is none, all begin with the first block.
    system.readLink('/proc/self').catch(() => undefined),
  ]);
  const start = (Number(processId) || 0) % blocks;
  for (let step = 0; step < blocks; step += 1) {
    const first = firstId + ((start + step) % blocks) * blockSize;
    const ids = Array.from({ length: blockSize }, (_, index) => first + index);
    if (ids.some((id) => taken.has(id) || !users(id) || !groups(id))) continue;
    // Last, because it is a child process: accounts of LDAP and the like. It names those that it knows.
    const { stdout } = await system.query({ program: 'getent', arguments: ['passwd', ...ids.map(String)] });
    if (stdout.trim() === '') return ids.map((id) => ({ userId: id, groupId: id }));
  }
  return [];
}

/** Numbers in the account files, of all that runs, and of what lies in the scratch space of other runs. */
async function takenIds(workDirectory: string, system: ReadableSystem): Promise<ReadonlySet<number>> {
  const [passwd = '', group = '', processes = [], scratch] = await Promise.all([
    readIfAllowed('/etc/passwd', system),
    readIfAllowed('/etc/group', system),
    system.list('/proc'),
    scratchOfOthers(workDirectory, system),
  ]);
  const accounts = `${passwd}\n${group}`.split('\n').flatMap((line) => line.split(':').slice(2, 4));
  const running = processes.filter((name) => /^\d+$/.test(name)).map((name) => `/proc/${name}`);
  const facts = await Promise.all([...running, ...scratch].map((path) => statIfAllowed(path, system)));
  return new Set([...accounts.map(Number), ...facts.flatMap((fact) => (fact === undefined ? [] : [fact.userId, fact.groupId]))]);
}

/** Each run has its own beside the others': the same name, and its id. */
async function scratchOfOthers(workDirectory: string, system: ReadableSystem): Promise<readonly string[]> {
  const above = directoryOf(workDirectory);
  const names = (await system.list(above).catch(() => undefined)) ?? [];
  const runs = names.filter((name) => `${above}/${name}`.startsWith(`${workDirectory}-`)).map((name) => `${above}/${name}`);
  const inside = runs.map(async (run) => ((await system.list(run).catch(() => undefined)) ?? []).map((name) => `${run}/${name}`));
  return (await Promise.all(inside)).flat();
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

// The range 60578 to 61183 is nobody's: neither regular users' nor that of systemd's services. Source: systemd, docs/UIDS-GIDS.md, "Summary".
const firstId = 60578;
const blocks = 75;
// At least as many as there are builds in a plan: the agent, the check of OpenSSL, and each library of the catalog.
const blockSize = 8;
