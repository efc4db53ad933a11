import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, refusal } from '../answer.ts';
import { isSameSecret } from '../secrets.ts';
import type { Session, Sessions } from './sessions.ts';

/** Who asks: an operator with the admin token, or an administrator who is signed in. */
export type Access = { by: 'token' } | { by: 'session'; session: Session };

interface AccessParts {
  adminToken: string;
  sessions: Sessions;
}

/**
 * Who may go on, or the answer for who may not. A browser sends the cookie on its own, so a request that changes something
 * also has to show the session's CSRF token; nobody sends a bearer token by mistake.
 */
export function accessOf(method: string, headers: IncomingHttpHeaders, { adminToken, sessions }: AccessParts): Access | Answer {
  if (headers.authorization !== undefined) {
    const token = /^Bearer (.+)$/.exec(headers.authorization)?.[1];
    if (token !== undefined && isSameSecret(token, adminToken)) return { by: 'token' };
    return refusal(401, 'ErrUnauthorized', 'the admin token is missing or wrong');
  }
  const session = sessionOf(headers, sessions);
  if (session === undefined) return refusal(401, 'ErrUnauthorized', 'sign in, or send the admin token');
  if (SAFE_METHODS.has(method)) return { by: 'session', session };
  const shown = headers['x-csrf-token'];
  if (typeof shown === 'string' && isSameSecret(shown, session.csrf)) return { by: 'session', session };
  return refusal(403, 'ErrForbidden', 'the CSRF token is missing or wrong; load the page again');
}

function sessionOf({ cookie = '' }: IncomingHttpHeaders, sessions: Sessions): Session | undefined {
  const secret = new RegExp(`(?:^|;\\s*)${COOKIE}=([0-9a-f]{64})(?:;|$)`).exec(cookie)?.[1];
  return secret === undefined ? undefined : sessions.find(secret);
}

/** Strict: another site can neither use the session nor see that there is one. */
export function sessionCookie(secret: string): string {
  return `${COOKIE}=${secret}; HttpOnly; Secure; SameSite=Strict; Path=/`;
}

export const endedCookie = 'kickstart_session=; HttpOnly; Secure; SameSite=Strict; Path=/; Max-Age=0';

const COOKIE = 'kickstart_session';
const SAFE_METHODS = new Set(['GET', 'HEAD']);
