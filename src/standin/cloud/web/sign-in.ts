import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, parseObject, refusal } from '../answer.ts';
import type { TokenBuckets } from '../token-buckets.ts';
import { sessionCookie } from './access.ts';
import { isPassword } from './password.ts';
import type { Sessions } from './sessions.ts';
import type { Turns } from './turns.ts';

export interface SignInParts {
  /** The kept hash of an administrator's password; undefined when there is no such administrator. */
  passwordHashOf(name: string): string | undefined;
  sessions: Sessions;
  /** Wrong tries, by account and address. */
  tries: TokenBuckets;
  /** Comparing a password takes 50 ms of a processor by intent. */
  turns: Turns;
  /** Waits; a test need not. */
  wait?(milliseconds: number): Promise<unknown>;
}

/**
 * One try to sign in. The answer is the same, and takes as long, for an unknown name as for a wrong password. A right password is answered
 * at once, however often wrong ones came from the same address: all users of this machine share one. Wrong ones are answered late.
 */
export async function answerSignIn(address: string, body: Buffer, parts: SignInParts): Promise<Answer> {
  const { name, password } = parseObject(body) ?? {};
  if (typeof name !== 'string' || typeof password !== 'string' || name.length > 200 || password.length > 1000)
    return refusal(422, 'ErrBadRequest', 'name and password must be texts');
  const { passwordHashOf, sessions, tries, turns, wait = pause } = parts;
  const hash = passwordHashOf(name);
  // Names that are none share one account: there is no end of them.
  const account = `${hash === undefined ? 'nobody' : `administrator ${name}`} at ${address}`;
  const isRight = await turns.take(account, () => isPassword(password, hash));
  if (isRight === 'given-up') {
    const answer = refusal(429, 'ErrTooManyRequests', 'too many tries at once; try again');
    return { ...answer, headers: { 'Retry-After': '1' } };
  }
  if (!isRight) {
    if (tries.take(account, PROMPT_REFUSALS) !== undefined) await wait(LATE_MILLISECONDS);
    return refusal(401, 'ErrUnauthorized', 'the name or the password is wrong');
  }
  tries.fill(account);
  return { status: 204, headers: { 'Set-Cookie': sessionCookie(sessions.begin(name)) } };
}

function pause(milliseconds: number): Promise<unknown> {
  return delay(milliseconds, undefined, { ref: false });
}

// Five wrong tries at once, and five a minute, are refused without delay.
const PROMPT_REFUSALS = { perSecond: 5 / 60, burst: 5 };
const LATE_MILLISECONDS = 2000;
