import { findAccount } from '../host/accounts.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import { agentProgram } from '../host/agent-program.ts';
import { readIfAllowed, statIfAllowed, undefinedIfGone } from '../host/allowed-reads.ts';
import { startTicksOf } from '../system/process-start.ts';
import type { ReadableSystem } from '../system/system.ts';

/** An agent that runs. What this user may not see of it is absent. */
export interface AgentProcess {
  processId: number;
  /** With the id they name one process for ever. */
  startTicks: string;
  environment?: Readonly<Record<string, string>>;
  /** The rights that it has now: an agent that root starts becomes another user. */
  user: { userId: number; groupIds: readonly number[] };
  /** Its program is not the one on the disk any more. */
  isReplaced?: true;
}

/**
 * The running agent below `root`, whoever started it: the process of its program that no other such process started, and that root runs, the
 * agent's user or the owner of the program. Anybody can start that program with settings of their own: such a process says nothing of this agent.
 * Undefined when none runs; `unknown` where there is no /proc to look into, or it hides other users' processes. Source: proc(5).
 */
export async function agentProcess(root: string, system: ReadableSystem): Promise<AgentProcess | 'unknown' | undefined> {
  const names = (await system.list('/proc'))?.filter((name) => /^\d+$/.test(name)) ?? [];
  if (names.length === 0) return 'unknown';
  const program = await agentProgram(root, system);
  const own = { pid: await readLink('/proc/self/ns/pid', system), mnt: await readLink('/proc/self/ns/mnt', system) };
  const found = (await Promise.all(names.map((name) => look(name, program, own, system)))).flatMap((process) => process ?? []);
  const isAgent = await Promise.all(found.map(({ user }) => isUserOf(root, program, user.userId, system)));
  const agents = found.filter((_, index) => isAgent[index]).toSorted((one, other) => one.processId - other.processId);
  const parents = await Promise.all(agents.map(({ processId }) => parentOf(`${processId}`, system)));
  const first = agents.find((_, index) => !agents.some(({ processId }) => `${processId}` === parents[index])) ?? agents[0];
  if (first !== undefined) {
    const environment = await environmentOf(`${first.processId}`, system);
    return { ...first, ...(environment && { environment }) };
  }
  // hidepid: process 1 is always there.
  return names.includes('1') || system.processOwner().userId === 0 ? undefined : 'unknown';
}

/** Whether that very process is still there. */
export async function isStillThere({ processId, startTicks }: AgentProcess, system: ReadableSystem): Promise<boolean> {
  return (await startTicksOf(processId, system)) === startTicks;
}

/** Whether an agent below `root` can run as this user: root, the owner of its program, or whom its settings name. */
async function isUserOf(root: string, program: string, userId: number, system: ReadableSystem): Promise<boolean> {
  if (userId === 0 || (await statIfAllowed(program, system))?.userId === userId) return true;
  const { runAsUser } = await agentSettings(root, system, 'cloud.d');
  return (await findAccount(runAsUser, system))?.userId === userId;
}

async function look(
  name: string,
  program: string,
  own: Namespaces,
  system: ReadableSystem,
): Promise<Omit<AgentProcess, 'environment'> | undefined> {
  const runs = await isProgramOf(name, program, own, system);
  if (!runs) return undefined;
  // The agent of a container has the same path, in a world of its own.
  const namespace = await readLink(`/proc/${name}/ns/pid`, system);
  if (namespace !== undefined && own.pid !== undefined && namespace !== own.pid) return undefined;
  const [startTicks, user] = await Promise.all([startTicksOf(Number(name), system), userOf(name, system)]);
  if (startTicks === undefined || user === undefined) return undefined;
  return { processId: Number(name), startTicks, user, ...(runs === 'replaced' && { isReplaced: true }) };
}

interface Namespaces {
  pid: string | undefined;
  mnt: string | undefined;
}

/** By the file itself: a path may mean another file to another process, which brought its own. */
async function isProgramOf(
  name: string,
  program: string,
  own: Namespaces,
  system: ReadableSystem,
): Promise<boolean | 'replaced'> {
  const link = `/proc/${name}/exe`;
  const executable = await readLink(link, system);
  if (executable !== undefined) {
    if ((await system.isSameFile(link, program).catch(undefinedIfGone)) ?? false) return true;
    // A program that was replaced while it runs is still the agent.
    if (executable === `${program} (deleted)`) return 'replaced';
    const namespace = await readLink(`/proc/${name}/ns/mnt`, system);
    return executable === program && namespace === own.mnt;
  }
  // Whose it is was not seen, and anybody can write a command line: its user decides.
  const [first] = ((await readText(`/proc/${name}/cmdline`, system)) ?? '').split('\0');
  return first === program;
}

/** Field 4 of stat: the name before it is in parentheses, and may hold spaces and parentheses. */
async function parentOf(name: string, system: ReadableSystem): Promise<string | undefined> {
  const stat = (await readText(`/proc/${name}/stat`, system)) ?? '';
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
}

async function environmentOf(name: string, system: ReadableSystem): Promise<AgentProcess['environment']> {
  const text = await readText(`/proc/${name}/environ`, system);
  if (text === undefined) return undefined;
  const pairs = text.split('\0').flatMap((line) => {
    const at = line.indexOf('=');
    return at < 1 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
  });
  return Object.fromEntries(pairs);
}

async function userOf(name: string, system: ReadableSystem): Promise<AgentProcess['user'] | undefined> {
  const status = (await readText(`/proc/${name}/status`, system)) ?? '';
  const numbersOf = (key: string) =>
    new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status)?.[1]?.split(/\s+/).filter(Boolean).map(Number) ?? [];
  // Real, effective, saved, file system.
  const [, userId] = numbersOf('Uid');
  const [, groupId] = numbersOf('Gid');
  if (userId === undefined || groupId === undefined) return undefined;
  return { userId, groupIds: [groupId, ...numbersOf('Groups')] };
}

function readText(path: string, system: ReadableSystem): Promise<string | undefined> {
  return readIfAllowed(path, system).catch(undefinedIfGone);
}

async function readLink(path: string, system: ReadableSystem): Promise<string | undefined> {
  return system.readLink(path).catch(undefinedIfGone);
}
