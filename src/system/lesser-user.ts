import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { KickstartError } from '../errors.ts';
import { errorCode } from './error-code.ts';

/**
 * Works as another user, of whom nothing runs when it resolves or rejects, daemons too: whatever has this user's number is ended, however it got
 * there. So a number is for one command at a time, and for nobody else on the machine.
 */
export type AsLesserUser = <Result>(userId: number, work: () => Promise<Result>) => Promise<Result>;

export function createLesserUsers(): AsLesserUser {
  const running = new Set<number>();
  return async (userId, work) => {
    if (running.has(userId)) throw new Error(`Two commands at once as the user ${userId}: each build has a user of its own.`);
    running.add(userId);
    try {
      return await work().finally(() => endAllOf(userId));
    } finally {
      running.delete(userId);
    }
  };
}

async function endAllOf(userId: number): Promise<void> {
  let certainty = 0;
  for (let round = 0; round < mostRounds; round += 1) {
    const { left, gone } = processesOf(userId);
    // One look is not enough: a process that ends before it is looked at may have started another that is not in the list.
    certainty = left.length > 0 ? 0 : certainty + (gone ? certaintyOfDoubtful : certaintyOfClear);
    if (certainty >= certaintyEnough) return;
    for (const processId of left) end(processId);
    // What starts others faster than it is ended must not have the pause for it.
    if (round >= roundsAtOnce) await setTimeout(pauseMilliseconds);
  }
  throw new KickstartError('HOST_COMMAND_FAILED', {
    what: `A process that a build started as the user with the number ${userId} does not end.`,
    why: 'It was killed, and the kernel still has it: it may wait for a disk that does not answer.',
    next: 'Look at it with "ps -ef"; when it is gone, run kickstart again.',
  });
}

/** `gone`: one of the list has ended since it was read. */
function processesOf(userId: number): { left: readonly number[]; gone: boolean } {
  const names = (read(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name));
  const statuses = names.map((name) => [name, statusOf(name)] as const);
  const left = statuses.filter(([name, status]) => isAliveAs(userId, name, status)).map(([name]) => Number(name));
  return { left, gone: statuses.some(([, status]) => status === endedStatus) };
}

/** Whether any of its user numbers is this one; by the file, since /proc/N itself may belong to root. */
function isAliveAs(userId: number, processId: string, status: string): boolean {
  if (!/^Uid:\s+(.*)$/m.exec(status)?.[1]?.split('\t').includes(String(userId))) return false;
  if (!isZombie(status)) return true;
  // A zombie does nothing any more, unless only its first thread has ended.
  const threads = read(() => readdirSync(`/proc/${processId}/task`)) ?? [];
  return threads.some((thread) => !isZombie(statusOf(`${processId}/task/${thread}`)));
}

function statusOf(process: string): string {
  return read(() => readFileSync(`/proc/${process}/status`, 'utf8')) ?? endedStatus;
}

function isZombie(status: string): boolean {
  return /^State:\s+[ZX]/m.test(status);
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

const mostRounds = 300;
const endedStatus = 'State:\tX';
// Three looks in a row that saw everything, or twelve where something ended meanwhile, as on a busy machine something always does.
const certaintyEnough = 12;
const certaintyOfClear = 4;
const certaintyOfDoubtful = 1;
const roundsAtOnce = 50;
const pauseMilliseconds = 20;
