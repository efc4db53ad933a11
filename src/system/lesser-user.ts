import { spawn } from 'node:child_process';
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
    if (userId === 0) throw new Error('Root is no lesser user: ending all that it runs would end the machine.');
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
  let wasStruck = false;
  for (let round = 0; round < mostRounds; round += 1) {
    const { runs, hasEnded } = lookAt(userId);
    // What has ended may have started another that is not in the list; after one blow against all of them it has not.
    if (!runs && (wasStruck || !hasEnded)) return;
    wasStruck = (await killAllOf(userId)) || wasStruck;
    if (round > 0) await setTimeout(pauseMilliseconds);
  }
  throw new KickstartError('HOST_COMMAND_FAILED', {
    what: `A process that a build started as the user with the number ${userId} does not end.`,
    why: 'It was killed, and the kernel still has it: it may wait for a disk that does not answer.',
    next: 'Look at it with "ps -ef"; when it is gone, run kickstart again.',
  });
}

/**
 * Kills all that this user may kill, at once: no process can start another meanwhile, as it could between the killing of one and of the next.
 * False when no program could be run for it. Source: kill(2), "pid equals -1".
 */
function killAllOf(userId: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const blow = spawn('/bin/sh', ['-c', strike, String(userId)], { uid: userId, gid: userId, cwd: '/', env: {}, stdio: 'ignore' });
  blow.once('error', () => resolve(false));
  blow.once('close', () => resolve(true));
  return promise;
}

type Look = 'another' | 'alive' | 'ended';

/** What runs as the user, and whether one has ended of which nobody knows what it started before. */
function lookAt(userId: number): { runs: boolean; hasEnded: boolean } {
  const names = (read(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name));
  const looks = names.map((name) => lookAtProcess(name, userId));
  return { runs: looks.includes('alive'), hasEnded: looks.includes('ended') };
}

function lookAtProcess(name: string, userId: number): Look {
  const status = read(() => readFileSync(`/proc/${name}/status`, 'utf8'));
  // Whose it was cannot be seen any more.
  if (status === undefined) return 'ended';
  // Any of its user numbers; by the file, since /proc/N itself may belong to root.
  if (!/^Uid:\s+(.*)$/m.exec(status)?.[1]?.split('\t').includes(String(userId))) return 'another';
  if (!isZombie(status)) return 'alive';
  // A zombie does nothing any more, unless only its first thread has ended.
  const threads = read(() => readdirSync(`/proc/${name}/task`)) ?? [];
  const isAlive = threads.some((thread) => !isZombie(read(() => readFileSync(`/proc/${name}/task/${thread}/status`, 'utf8'))));
  return isAlive ? 'alive' : 'ended';
}

function isZombie(status = 'State:\tX'): boolean {
  return /^State:\s+[ZX]/m.test(status);
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

// The shell's own kill: every machine has it, and only a process of that user may ask for this. It asks the kernel first who it is, because where
// somebody fakes the change of the user (fakeroot, some sandboxes) the blow would fall on others. The words are fixed.
const strike = 'while read -r key user rest; do [ "$key $user" = "Uid: $0" ] && kill -KILL -1; done </proc/self/status';
const mostRounds = 300;
const pauseMilliseconds = 20;
