import { HttpFailure, type HttpFailureReason, type ReadableSystem } from '../../system/system.ts';
import { refusalOf, type ServerAnswer } from '../server-refusal.ts';

/** Whether another attempt may end better: connection trouble passes; a name that does not exist or a bad certificate does not. */
export function mayPass(reason: HttpFailureReason): boolean {
  return passing.includes(reason);
}

/** 1, 2, 4 … s and up to a half more, so that many machines do not come back at the same moment; the random part comes from a random UUID. */
export function pauseAfter(attempt: number, uuid: string): number {
  const random = Number.parseInt(uuid.slice(0, 8), 16) / 2 ** 32;
  return Math.round(1000 * 2 ** (attempt - 1) * (1 + random / 2));
}

/**
 * Asks up to three times what changes nothing: as long as the trouble is one that passes, the server does not ask for a longer pause than 10 s,
 * and the first attempt began at most 35 s ago. Returns or throws what the last attempt led to.
 */
export async function askPatiently<Answer extends ServerAnswer>(
  ask: () => Promise<Answer>,
  system: ReadableSystem,
): Promise<Answer> {
  const began = system.now();
  for (let attempt = 1; ; attempt += 1) {
    const isLast = () => attempt === mostAttempts || system.now() - began > patienceMilliseconds;
    let pause = pauseAfter(attempt, system.randomUuid());
    try {
      const answer = await ask();
      const refusal = refusalOf(answer, system.now());
      pause = refusal?.waitMilliseconds ?? pause;
      if (!refusal?.again || pause > longestPause || isLast()) return answer;
    } catch (error) {
      if (!(error instanceof HttpFailure && mayPass(error.reason)) || isLast()) throw error;
    }
    await system.sleep(pause);
  }
}

const mostAttempts = 3;
const patienceMilliseconds = 35_000;
const longestPause = 10_000;
const passing: readonly HttpFailureReason[] = ['timeout', 'closed', 'refused', 'proxy-unreachable'];
