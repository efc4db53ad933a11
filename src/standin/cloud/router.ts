import type { IncomingMessage, ServerResponse } from 'node:http';
import { envPath, mqttPath } from '../../cloud/wire.ts';
import type { AdminParts } from './admin/admin-route.ts';
import { answerAdmin } from './admin-api.ts';
import { type Answer, refusal } from './answer.ts';
import { answerClaim } from './claim-api.ts';
import {
  answerChallenge,
  answerEnv,
  answerPassword,
  askerOf,
  envQuery,
  isLegacyClient,
  type LinkParts,
  type OwnAddress,
} from './link-api.ts';
import type { HttpEndpoint } from './misbehaviour.ts';
import { normalId } from './uuid.ts';
import { securedAnswer, type Web } from './web/web.ts';

/** A request whose path is known, with what answers it once its body is there. */
export type Route = {
  /** Undefined for what is never told to misbehave. */
  endpoint?: HttpEndpoint;
  /** The claim id that the request names, if it names one. */
  node?: string;
  /** Whose request it is when that has a limit of its own: see `Limits.own`. */
  own?: string | undefined;
} & (
  | { answer(body: Buffer): Answer | Promise<Answer>; take?: undefined }
  /** For an answer that goes on: undefined when it has begun one, which ends with the Cloud at the latest. */
  | { take(response: ServerResponse): Answer | undefined }
);

/** Everything the server has, and where it is reached. */
export type RouterParts = AdminParts & LinkParts & { web: Web; onReplaced(id: string): void; own: () => OwnAddress };

export function findRoute(request: IncomingMessage, parts: RouterParts): Route {
  const { method = '', headers } = request;
  const { path, query } = splitTarget(request.url);
  const isRead = method === 'GET' || method === 'HEAD';

  const claim = /\/api\/v1\/spaces\/nodes\/([^/]+)$/.exec(path);
  if (claim !== null && method === 'PUT')
    return { endpoint: 'claim', node: normalId(claim[1] ?? ''), answer: (body) => answerClaim(claim[1] ?? '', body, parts) };
  const challenge = /\/node\/([^/]+)\/challenge$/.exec(path);
  if (challenge !== null && isRead)
    return {
      endpoint: 'challenge',
      node: normalId(challenge[1] ?? ''),
      own: ownOf(challenge[1] ?? '', parts),
      answer: () => answerChallenge(challenge[1] ?? '', askerOf(request), parts),
    };
  const password = /\/node\/([^/]+)\/password$/.exec(path);
  if (password !== null && method === 'POST') {
    return {
      endpoint: 'password',
      node: normalId(password[1] ?? ''),
      own: ownOf(password[1] ?? '', parts),
      answer: (body) => answerPassword({ id: password[1] ?? '', body, isLegacy: isLegacyClient(headers) }, parts),
    };
  }
  if (path === envPath && isRead)
    return {
      endpoint: 'env',
      node: normalId(envQuery(query).get('claim_id') ?? ''),
      own: ownOf(envQuery(query).get('claim_id') ?? '', parts),
      answer: () => answerEnv({ query, hostHeader: headers.host, own: parts.own(), from: askerOf(request) }, parts),
    };
  const fromBrowser = { method, path, headers, address: request.socket.remoteAddress ?? 'unknown' };
  const found = parts.web.find(fromBrowser);
  if (found !== undefined) return { ...found, own: 'page' };
  if (path.startsWith(ADMIN)) {
    const who = parts.web.access(fromBrowser);
    if ('status' in who) return { answer: () => securedAnswer(who) };
    const asked = { method, path: path.slice(ADMIN.length), query, by: who.by };
    return { own: 'administrator', answer: async (body) => securedAnswer(await answerAdmin({ ...asked, body }, parts)) };
  }
  const isOtherMethod = claim !== null || challenge !== null || password !== null || path === envPath || path === '/';
  return {
    answer: () =>
      isOtherMethod
        ? refusal(405, 'ErrMethodNotAllowed', 'not with this method')
        : refusal(404, 'ErrNotFound', 'nothing is here'),
  };
}

/** Only of a node that is claimed: of ids that anybody can make up there is no end. */
function ownOf(id: string, { nodes }: RouterParts): string | undefined {
  return nodes.find(normalId(id)) === undefined ? undefined : `node ${normalId(id)}`;
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
