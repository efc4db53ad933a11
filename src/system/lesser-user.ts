import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { KickstartError } from '../errors.ts';
import { errorCode } from './error-code.ts';

/** Works with a command's environment as another user; when it resolves or rejects, all that the command started has ended, daemons too. */
export type AsLesserUser = <Result>(
  userId: number,
  work: (mark: Readonly<Record<string, string>>) => Promise<Result>,
) => Promise<Result>;

/** Every command gets a mark in its environment, which what it starts inherits. */
export function createLesserUsers(): AsLesserUser {
  const running: { userId: number; mark: string }[] = [];
  return async (userId, work) => {
    const command = { userId, mark: `${variable}=${randomUUID()}` };
    running.push(command);
    try {
      return await work({ [variable]: command.mark.slice(variable.length + 1) });
    } finally {
      running.splice(running.indexOf(command), 1);
      const isAlone = isOurs(userId) && !running.some((other) => other.userId === userId);
      await endLeftovers(userId, (marks) => marks === command.mark || (isAlone && marks === undefined));
    }
  };
}

async function endLeftovers(userId: number, isLeft: (mark: string | undefined) => boolean): Promise<void> {
  for (let round = 0; round < mostRounds; round += 1) {
    const left = processesOf(userId).filter((processId) => isLeft(markOf(processId)));
    if (left.length === 0) return;
    for (const processId of left) end(processId);
    await setTimeout(pauseMilliseconds);
  }
  throw new KickstartError('HOST_COMMAND_FAILED', {
    what: `A process that a build started as the user with the number ${userId} does not end.`,
    why: 'It was killed, and the kernel still has it: it may wait for a disk that does not answer.',
    next: 'Look at it with "ps -ef"; when it is gone, run kickstart again.',
  });
}

function processesOf(userId: number): readonly number[] {
  const names = read(() => readdirSync('/proc')) ?? [];
  return names.filter((name) => /^\d+$/.test(name) && isAliveAs(userId, name)).map(Number);
}

/** Whether any of its user numbers is this one; by the file, since /proc/N itself may belong to root. A zombie does nothing any more. */
function isAliveAs(userId: number, processId: string): boolean {
  const status = read(() => readFileSync(`/proc/${processId}/status`, 'utf8')) ?? '';
  if (/^State:\s+[ZX]/m.test(status)) return false;
  return /^Uid:\s+(.*)$/m.exec(status)?.[1]?.split('\t').includes(String(userId)) ?? false;
}

function markOf(processId: number): string | undefined {
  const environment = read(() => readFileSync(`/proc/${processId}/environ`, 'utf8')) ?? '';
  return environment.split('\0').find((line) => line.startsWith(`${variable}=`));
}

function end(processId: number): void {
  try {
    process.kill(processId, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/** undefined for a process that ended meanwhile, and where there is no /proc. */
function read<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Of the numbers that are unused on systems with systemd, ours is used by no program but our builds. Source: systemd, docs/UIDS-GIDS.md. */
function isOurs(userId: number): boolean {
  return userId >= 60578 && userId <= 61183;
}

const variable = 'KICKSTART_BUILD';
const mostRounds = 250;
const pauseMilliseconds = 20;
