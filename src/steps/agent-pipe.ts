import { posix } from 'node:path';
import { agentPrograms } from '../host/agent-program.ts';
import { statIfAllowed } from '../host/allowed-reads.ts';
import { holdersOf, socketsOf, type UnixListener, unixListeners } from '../host/kernel-sockets.ts';
import { startTicksOf } from '../system/process-start.ts';
import type { Command, ReadableSystem } from '../system/system.ts';
import type { AgentProcess } from './agent-process.ts';

/** The control pipe of an agent: its own, or why a command must not go there. */
export type AgentPipe =
  | {
      kind: 'own';
      /** Absent where the agent's own word for it means nothing to others: netdatacli knows where it is. */
      path?: string;
      inode: string;
      isSeen: boolean;
    }
  | { kind: 'not-own'; why: string };

/**
 * The control pipe that this very process listens at. Agents up to 1.43 share one path on a machine, and later ones do unless their environment says
 * otherwise: the last that started has it, and the others listen where nobody comes. Source: agent daemon/pipename.c, daemon/commands.c.
 */
export async function agentPipe(process: AgentProcess, system: ReadableSystem): Promise<AgentPipe> {
  const { processId, environment = {}, user } = process;
  const named = [environment.NETDATA_PIPENAME, environment.NETDATA_RUN_DIR && `${environment.NETDATA_RUN_DIR}/${PIPE}`];
  const isPipe = ({ path }: UnixListener) => posix.basename(path) === PIPE || path === SHARED || named.includes(path);
  const [all, sockets] = await Promise.all([unixListeners(processId, system), socketsOf(processId, system)]);
  const pipes = all.filter(isPipe);
  if (sockets === undefined) return pipeOfUser(pipes, user.userId, system);
  const own = pipes.find(({ inode }) => sockets.has(inode));
  if (own === undefined) return { kind: 'not-own', why: `Process ${processId} of the agent does not listen at a control pipe.` };
  const { path, inode } = own;
  const others = pipes.filter((pipe) => pipe.path === path && pipe.inode !== inode);
  const heir = await laterOwner(others, process, system);
  const known = path.startsWith('/proc/') ? named.find(Boolean) : path;
  if (heir === undefined) return { kind: 'own', inode, isSeen: true, ...(known && { path: known }) };
  return {
    kind: 'not-own',
    why: `The control pipe ${path} belongs to process ${heir}, which was started after process ${processId} of this agent.`,
  };
}

/** netdatacli for this pipe alone. */
export async function netdatacli(
  root: string,
  pipe: string | undefined,
  words: readonly string[],
  system: ReadableSystem,
): Promise<Command> {
  const { netdatacli: program } = await agentPrograms(root, system);
  const environment =
    pipe === undefined ? {} : { NETDATA_PIPENAME: pipe, ...(pipe === SHARED ? {} : { NETDATA_RUN_DIR: posix.dirname(pipe) }) };
  return { program, arguments: words, environment, timeoutSeconds: 30 };
}

/** Who may not look into the process still knows whose the pipe is. */
async function pipeOfUser(pipes: readonly UnixListener[], userId: number, system: ReadableSystem): Promise<AgentPipe> {
  for (const { path, inode } of pipes) {
    const owner = (await statIfAllowed(path, system))?.userId;
    if (owner === userId || owner === 0) return { kind: 'own', path, inode, isSeen: false };
  }
  return { kind: 'not-own', why: 'No control pipe of the agent can be seen.' };
}

/** Another process that listens at this path too, as the user whose file it is now, and was started later. */
async function laterOwner(
  others: readonly UnixListener[],
  { startTicks }: AgentProcess,
  system: ReadableSystem,
): Promise<number | undefined> {
  for (const { path, inode } of others) {
    const [holders, file] = await Promise.all([holdersOf(inode, system), statIfAllowed(path, system)]);
    for (const processId of holders) {
      const [ticks, holder] = await Promise.all([startTicksOf(processId, system), statIfAllowed(`/proc/${processId}`, system)]);
      // A path in a world of its own is no rival: only who owns the file here can have taken its place.
      const isOwner = holder?.userId === 0 || holder?.userId === file?.userId;
      if (isOwner && Number(ticks) > Number(startTicks)) return processId;
    }
  }
  return undefined;
}

const PIPE = 'netdata.pipe';
/** Of agents up to 2.2. */
const SHARED = '/tmp/netdata-ipc';
