import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Answer, answerText, readBody, refusal, sendAnswer, sendHalf } from './answer.ts';
import type { OnCloudEvent } from './cloud-event.ts';
import type { Gate } from './gate.ts';
import { type Endpoint, type Instead, insteadOf } from './misbehaviour.ts';
import { findRoute, isMqttPath, type Route, type RouterParts, splitTarget } from './router.ts';
import { type Scenario, waitAsChosen } from './scenario.ts';

interface ServiceParts {
  router: RouterParts;
  scenario: Scenario;
  gate: Gate;
  /** Aborts when the Cloud goes away. */
  closing: AbortSignal;
  onEvent: OnCloudEvent;
  /** Takes the socket of a WebSocket upgrade. */
  takeUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  reset(request: IncomingMessage): void;
  /** The connection does not give way to others. */
  keep(socket: Duplex): void;
}

export interface Service {
  onRequest(request: IncomingMessage, response: ServerResponse): void;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** One HTTP request in, one answer out, unless the scenario has it otherwise. Nothing that comes in makes it throw. */
export function createService({ router, scenario, gate, closing, onEvent, takeUpgrade, reset, keep }: ServiceParts): Service {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => response.destroy());
    try {
      const route = findRoute(request, router);
      const waitSeconds = gate.spend(route.endpoint === 'claim' ? 'claims' : 'requests', addressOf(request), route.own);
      if (waitSeconds !== undefined) {
        finish(request, response, tooMany(waitSeconds, route.endpoint));
        return;
      }
      const body = await readBody(request, BODY_BYTES);
      const instead = await misbehave(route.endpoint, route.node);
      if (instead === 'hang' || response.destroyed) return;
      if (instead === 'reset') {
        reset(request);
        return;
      }
      const answer = typeof instead === 'object' ? instead.answer : await answerTruly(route, body, response);
      const hangs = instead === 'hang-after-headers' || (typeof instead === 'object' && instead.hangs === true);
      if (answer !== undefined && !hangs) finish(request, response, answer);
      if (answer !== undefined && hangs) sendHalf(response, answer);
      if (answer === undefined) keep(request.socket);
      if (answer === undefined || hangs) tell(request, answer?.status ?? 200);
    } catch (error) {
      if (response.destroyed || closing.aborted) return;
      onEvent({ kind: 'fault', error });
      if (response.headersSent) response.destroy();
      else finish(request, response, refusal(500, 'ErrInternalServerError', 'a fault in the stand-in'));
    }
  }

  function finish(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
    if (response.destroyed) return;
    sendAnswer(response, answer);
    tell(request, answer.status);
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const refused = refusedUpgrade(request);
    const instead = refused ?? (await misbehave('mqtt').catch(() => 'hang' as const)); // only while closing
    if (instead === 'hang' || socket.destroyed) return;
    if (instead === 'reset') {
      reset(request);
      return;
    }
    tell(request, typeof instead === 'object' ? instead.answer.status : 101);
    if (instead === undefined) takeUpgrade(request, socket, head);
    else if (instead === 'hang-after-headers') socket.write('HTTP/1.1 101 Switching Protocols\r\n');
    else if (instead.hangs) socket.write(withHalfBody(answerText(instead.answer, 'Refused')));
    else socket.end(answerText(instead.answer, 'Refused'));
  }

  function refusedUpgrade(request: IncomingMessage): { answer: Answer; hangs?: true } | undefined {
    const waitSeconds = gate.spend('links', addressOf(request));
    if (waitSeconds !== undefined) return { answer: tooMany(waitSeconds, 'mqtt') };
    return isMqttPath(request.url) ? undefined : { answer: refusal(404, 'ErrNotFound', 'nothing is here') };
  }

  async function misbehave(endpoint?: Endpoint, node?: string): Promise<Instead | undefined> {
    const chosen = endpoint === undefined ? undefined : scenario.choose(endpoint, node);
    await waitAsChosen(chosen, closing);
    return insteadOf(chosen);
  }

  function tell(request: IncomingMessage, status: number): void {
    const { method = '', url } = request;
    onEvent({ kind: 'request', method, path: splitTarget(url).path, status, address: addressOf(request) });
  }

  return {
    onRequest: (request, response) => void serve(request, response),
    onUpgrade: (request, socket, head) => void upgrade(request, socket, head),
  };
}

/** Undefined when the route has taken the response. */
async function answerTruly(route: Route, body: Buffer | undefined, response: ServerResponse): Promise<Answer | undefined> {
  if (body === undefined) return refusal(413, 'ErrBadRequest', 'the body is too long');
  return route.take === undefined ? route.answer(body) : route.take(response);
}

/** To agents with the status and the key that they know, and the time that they then wait; to others as HTTP says it. */
function tooMany(waitSeconds: number, endpoint: Endpoint | undefined): Answer {
  const headers = { 'Retry-After': `${waitSeconds}` };
  const message = 'too many requests from this address';
  if (endpoint === undefined) return { ...refusal(429, 'ErrTooManyRequests', message), headers };
  const { status, body } = refusal(503, 'ErrServiceUnavailable', message);
  return { status, body: { ...(body as object), errorRetryDelaySeconds: waitSeconds }, headers };
}

function withHalfBody(answer: string): string {
  const start = answer.indexOf('\r\n\r\n') + 4;
  return answer.slice(0, start + Math.floor((answer.length - start) / 2));
}

function addressOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? 'unknown';
}

const BODY_BYTES = 64 * 1024;
