import { agentLayout } from '../host/agent-layout.ts';
import { canonicalPath, readIfAllowed } from '../host/allowed-reads.ts';
import type { ReadableSystem } from '../system/system.ts';

/** An agent that runs. What this user may not see of it is absent. */
export interface AgentProcess {
  processId: number;
  environment?: Readonly<Record<string, string>>;
  /** The rights that it has now: an agent that root starts becomes another user. */
  user?: { userId: number; groupIds: readonly number[] };
}

/**
 * The running agent below `root`, whoever started it: the process of its program that no other such process started.
 * Undefined when none runs; `unknown` where there is no /proc to look into. Source: proc(5).
 */
export async function agentProcess(root: string, system: ReadableSystem): Promise<AgentProcess | 'unknown' | undefined> {
  const names = (await system.list('/proc'))?.filter((name) => /^\d+$/.test(name)) ?? [];
  if (names.length === 0) return 'unknown';
  const program = await canonicalPath(agentLayout(root).netdata, system);
  const ownNamespace = await readLink('/proc/self/ns/pid', system);
  const isAgent = await Promise.all(names.map((name) => runs(name, program, ownNamespace, system)));
  const agents = names.filter((_, index) => isAgent[index]).toSorted((one, other) => Number(one) - Number(other));
  const parents = await Promise.all(agents.map((name) => parentOf(name, system)));
  const first = agents.find((_, index) => !agents.includes(parents[index] ?? '')) ?? agents[0];
  if (first === undefined) return undefined;
  const [environment, user] = await Promise.all([environmentOf(first, system), userOf(first, system)]);
  return { processId: Number(first), ...(environment && { environment }), ...(user && { user }) };
}

async function runs(name: string, program: string, ownNamespace: string | undefined, system: ReadableSystem): Promise<boolean> {
  if (!(await isProgramOf(name, program, system))) return false;
  if ((await stateOf(name, system)) === 'Z') return false;
  // The agent of a container has the same path, in a world of its own.
  const namespace = await readLink(`/proc/${name}/ns/pid`, system);
  return namespace === undefined || ownNamespace === undefined || namespace === ownNamespace;
}

async function isProgramOf(name: string, program: string, system: ReadableSystem): Promise<boolean> {
  const link = `/proc/${name}/exe`;
  // A program that was replaced while it runs is still the agent.
  const executable = (await readLink(link, system))?.replace(/ \(deleted\)$/, '');
  if (executable === program) return true;
  // Seen from below another root, the path of what runs may lead nowhere: the file is the same.
  if (executable !== undefined) return (await system.isSameFile(link, program).catch(undefinedIfGone)) ?? false;
  const [first] = ((await readText(`/proc/${name}/cmdline`, system)) ?? '').split('\0');
  return first === program;
}

/** Fields 3 and 4 of stat: the name before them is in parentheses, and may hold spaces and parentheses. */
async function fieldsOf(name: string, system: ReadableSystem): Promise<readonly string[]> {
  const stat = (await readText(`/proc/${name}/stat`, system)) ?? '';
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function stateOf(name: string, system: ReadableSystem): Promise<string | undefined> {
  return (await fieldsOf(name, system))[0];
}

async function parentOf(name: string, system: ReadableSystem): Promise<string | undefined> {
  return (await fieldsOf(name, system))[1];
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

async function userOf(name: string, system: ReadableSystem): Promise<AgentProcess['user']> {
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

/** A process may end while it is looked at: then the kernel says ESRCH, or the path is not there any more. */
function undefinedIfGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== undefined && gone.has(error.code)) return undefined;
  throw error;
}

const gone: ReadonlySet<string> = new Set(['ESRCH', 'ENOENT', 'EACCES', 'EPERM', 'EINVAL']);
