import type { IncomingMessage, ServerResponse } from 'node:http';
import { envPath, mqttPath } from '../../cloud/wire.ts';
import type { AdminParts } from './admin/admin-route.ts';
import { answerAdmin } from './admin-api.ts';
import { type Answer, refusal } from './answer.ts';
import { answerClaim } from './claim-api.ts';
import { answerChallenge, answerEnv, answerPassword, envQuery, isLegacyClient, type OwnAddress } from './link-api.ts';
import type { HttpEndpoint } from './misbehaviour.ts';
import { page } from './page.ts';
import { isSameSecret } from './secrets.ts';

/** A request whose path is known, with what answers it once its body is there. */
export interface Route {
  /** Undefined for what is never told to misbehave. */
  endpoint?: HttpEndpoint;
  /** The claim id that the request names, if it names one. */
  node?: string;
  answer(body: Buffer): Answer | Promise<Answer>;
  /** In the place of `answer`, for an answer that goes on: undefined when it has begun one, which ends with the Cloud at the latest. */
  take?(response: ServerResponse): Answer | undefined;
}

/** Everything the server has, and where it is reached. */
export type RouterParts = AdminParts & { adminToken: string; onReplaced(id: string): void; own: () => OwnAddress };

export function findRoute(request: IncomingMessage, parts: RouterParts): Route {
  const { method = '', headers } = request;
  const { path, query } = splitTarget(request.url);
  const isRead = method === 'GET' || method === 'HEAD';

  const claim = /\/api\/v1\/spaces\/nodes\/([^/]+)$/.exec(path);
  if (claim !== null && method === 'PUT')
    return { endpoint: 'claim', node: claim[1] ?? '', answer: (body) => answerClaim(claim[1] ?? '', body, parts) };
  const challenge = /\/node\/([^/]+)\/challenge$/.exec(path);
  if (challenge !== null && isRead)
    return { endpoint: 'challenge', node: challenge[1] ?? '', answer: () => answerChallenge(challenge[1] ?? '', parts) };
  const password = /\/node\/([^/]+)\/password$/.exec(path);
  if (password !== null && method === 'POST') {
    return {
      endpoint: 'password',
      node: password[1] ?? '',
      answer: (body) => answerPassword({ id: password[1] ?? '', body, isLegacy: isLegacyClient(headers) }, parts),
    };
  }
  if (path === envPath && isRead)
    return {
      endpoint: 'env',
      node: envQuery(query).get('claim_id') ?? '',
      answer: () => answerEnv({ query, hostHeader: headers.host, own: parts.own() }, parts),
    };
  if (path.startsWith(ADMIN)) {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (token === undefined || !isSameSecret(token, parts.adminToken))
      return { answer: () => refusal(401, 'ErrUnauthorized', 'the admin token is missing or wrong') };
    return { answer: (body) => answerAdmin({ method, path: path.slice(ADMIN.length), query, body }, parts) };
  }
  if (path === '/' && isRead) return { answer: () => ({ status: 200, body: page }) };
  const isOtherMethod = claim !== null || challenge !== null || password !== null || path === envPath || path === '/';
  return {
    answer: () =>
      isOtherMethod
        ? refusal(405, 'ErrMethodNotAllowed', 'not with this method')
        : refusal(404, 'ErrNotFound', 'nothing is here'),
  };
}

export function isMqttPath(url: string | undefined): boolean {
  return splitTarget(url).path === mqttPath;
}

/** Slashes are folded: an authEndpoint that ends in one gives //node/… (spec/claiming-and-link.md 7.4). */
export function splitTarget(url = '/'): { path: string; query: string } {
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  return { path: path.replace(/\/{2,}/g, '/'), query: at < 0 ? '' : url.slice(at + 1) };
}

const ADMIN = '/standin/v1/';
