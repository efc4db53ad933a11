import { type Answer, parseObject, refusal } from '../answer.ts';
import type { TokenBuckets } from '../token-buckets.ts';
import { sessionCookie } from './access.ts';
import { isPassword } from './password.ts';
import type { Sessions } from './sessions.ts';

export interface SignInParts {
  /** The kept hash of an administrator's password; undefined when there is no such administrator. */
  passwordHashOf(name: string): string | undefined;
  sessions: Sessions;
  /** By address. */
  tries: TokenBuckets;
}

/** One try to sign in. The answer is the same, and takes as long, for an unknown name as for a wrong password. */
export async function answerSignIn(address: string, body: Buffer, parts: SignInParts): Promise<Answer> {
  const { name, password } = parseObject(body) ?? {};
  if (typeof name !== 'string' || typeof password !== 'string' || name.length > 200 || password.length > 1000)
    return refusal(422, 'ErrBadRequest', 'name and password must be texts');
  const waitSeconds = parts.tries.take(address, WRONG_TRIES);
  if (waitSeconds !== undefined) {
    const answer = refusal(429, 'ErrTooManyRequests', `too many wrong tries from this address; wait ${waitSeconds} seconds`);
    return { ...answer, headers: { 'Retry-After': `${waitSeconds}` } };
  }
  if (!(await isPassword(password, parts.passwordHashOf(name))))
    return refusal(401, 'ErrUnauthorized', 'the name or the password is wrong');
  parts.tries.fill(address);
  return { status: 204, headers: { 'Set-Cookie': sessionCookie(parts.sessions.begin(name)) } };
}

// Five at once, and five a minute.
const WRONG_TRIES = { perSecond: 5 / 60, burst: 5 };
