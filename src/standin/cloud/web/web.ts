import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { type Answer, refusal } from '../answer.ts';
import type { CloudEvent } from '../cloud-event.ts';
import { countedAddress } from '../limits.ts';
import { createTokenBuckets } from '../token-buckets.ts';
import { type Access, accessOf, endedCookie } from './access.ts';
import { createLive } from './live.ts';
import { answerFile, loadPageFiles } from './page-files.ts';
import { securityHeaders } from './security-headers.ts';
import { createSessions, type SessionStore } from './sessions.ts';
import { answerSignIn } from './sign-in.ts';
import { createTurns } from './turns.ts';

export interface WebParts {
  adminToken: string;
  /** The kept hash of an administrator's password; undefined when there is no such administrator. */
  passwordHashOf(name: string): string | undefined;
  sessionStore: SessionStore;
  /** What this Cloud is, for whoever is signed in. */
  about(): About;
  /** How a refusal is kept waiting; by the clock when not given. */
  wait?(milliseconds: number): Promise<unknown>;
}

/** What a node needs to find and trust this Cloud. */
export interface About {
  url: string;
  /** Of kickstart. */
  version: string;
  caFile: string;
  caPem: string;
  /** The command that starts kickstart on this machine. */
  kickstart: string;
  standIn: true;
}

export interface WebRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  address: string;
}

/** An answer, or the response is taken and written to from then on. */
export type WebRoute =
  | { answer(body: Buffer): Answer | Promise<Answer>; take?: undefined }
  | { take(response: ServerResponse): Answer | undefined };

/** What a browser needs of the Cloud: the page, a session, and the events as they happen. */
export interface Web {
  /** Undefined when the path is none of its own. */
  find(request: WebRequest): WebRoute | undefined;
  /** Who asks for anything else below /standin/v1, or the answer when that may not be. */
  access(request: WebRequest): Access | Answer;
  tell(event: CloudEvent): void;
  close(): void;
}

export function createWeb({ adminToken, passwordHashOf, sessionStore, about, wait }: WebParts): Web {
  const sessions = createSessions(sessionStore);
  const tries = createTokenBuckets();
  const turns = createTurns(COMPARED_AT_ONCE, TRIES_THAT_WAIT);
  const live = createLive();
  const files = loadPageFiles();
  const access = ({ method, headers }: WebRequest) => accessOf(method, headers, { adminToken, sessions });

  const routes: Readonly<Record<string, (request: WebRequest) => WebRoute>> = {
    'POST sign-in': ({ address, headers }) => ({
      answer: (body) =>
        isFromElsewhere(headers)
          ? refusal(403, 'ErrForbidden', 'another site may not sign in')
          : answerSignIn(countedAddress(address), body, {
              ...{ passwordHashOf, sessions, tries, turns },
              ...(wait === undefined ? {} : { wait }),
            }),
    }),
    'POST sign-out': (request) => ({
      answer() {
        const who = access(request);
        if ('status' in who) return who;
        if (who.by === 'session') sessions.end(who.session.hash);
        live.check();
        return { status: 204, headers: { 'Set-Cookie': endedCookie } };
      },
    }),
    'GET session': (request) => ({
      answer() {
        const who = access(request);
        if ('status' in who) return who;
        if (who.by === 'token') return { status: 200, body: { name: 'admin-token' } };
        return { status: 200, body: { name: who.session.administrator, csrf: who.session.csrf } };
      },
    }),
    'GET about': (request) => ({
      answer() {
        const who = access(request);
        return 'status' in who ? who : { status: 200, body: about() };
      },
    }),
    'GET events': (request) => ({
      take(response) {
        const who = access(request);
        if ('status' in who) return who;
        const isAllowed = who.by === 'token' ? () => true : () => sessions.isOpen(who.session.hash);
        return live.open(response, isAllowed) ? undefined : refusal(503, 'ErrServiceUnavailable', 'too many watch already');
      },
    }),
  };

  return {
    find(request) {
      const file = request.method === 'GET' || request.method === 'HEAD' ? files.get(request.path) : undefined;
      if (file !== undefined) return { answer: () => answerFile(file, request.headers['if-none-match']) };
      if (!request.path.startsWith(API)) return undefined;
      const key = `${request.method} ${request.path.slice(API.length)}`;
      const route = Object.hasOwn(routes, key) ? routes[key]?.(request) : undefined;
      return route === undefined ? undefined : secured(route);
    },
    access,
    tell(event) {
      if (event.kind === 'password') live.check(); // its sessions are over
      live.tell(event);
    },
    close: live.close,
  };
}

/** Nothing that an administrator was told is kept by a browser. */
export function securedAnswer(answer: Answer): Answer {
  return { ...answer, headers: { ...securityHeaders, 'Cache-Control': 'no-store', ...answer.headers } };
}

function secured(route: WebRoute): WebRoute {
  if (route.take === undefined) return { answer: async (body) => securedAnswer(await route.answer(body)) };
  return {
    take(response) {
      const answer = route.take(response);
      return answer === undefined ? undefined : securedAnswer(answer);
    },
  };
}

// A browser says where a request comes from; what is no browser does not.
function isFromElsewhere({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}

const API = '/standin/v1/';
// Of the four threads that Node has for this, two stay for other work.
const COMPARED_AT_ONCE = 2;
const TRIES_THAT_WAIT = 50;
