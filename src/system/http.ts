import type { Dispatcher } from 'undici';
import { type HttpBody, readBody } from './http-body.ts';
import { openConnection } from './http-connection.ts';
import { atLeast, bodyRange } from './http-download.ts';
import { httpFailure } from './http-failure.ts';
import { basicLogin, type Environment } from './http-route.ts';
import { loginRefused } from './http-tunnel.ts';
import { askUpgrade, noBody } from './http-upgrade.ts';
import { Secret } from './secret.ts';
import {
  type HttpAnswer,
  HttpFailure,
  type HttpPhase,
  type HttpRequest,
  type HttpStream,
  type System,
  shownUrl,
} from './system.ts';

/** How long to wait for the other side; every exchange has its own limit for the whole of it too. */
export interface HttpLimits {
  connectMilliseconds: number;
  /** From the request to the head of the answer. */
  headersMilliseconds: number;
  /** Without a single byte of a body; for a download also with fewer bytes than `leastBytes`. */
  silenceMilliseconds: number;
  leastBytes: number;
}

/**
 * HTTP by undici. Redirects are followed for GET and HEAD only, never from https to http: what is sent with PUT or POST is meant for one server,
 * so its redirect is the answer. A download's whole time is one hour unless said otherwise; its body is empty unless the status is 200 or 206.
 */
export function createHttp(
  environment: Environment,
  limits: Partial<HttpLimits> = {},
): Pick<System, 'get' | 'openDownload' | 'send'> {
  const allLimits = { ...defaultLimits, ...limits };
  const exchange = (request: HttpRequest, signal?: AbortSignal) => start(request, allLimits, environment, signal);
  return {
    get: async (request) => whole(await exchange({ timeoutSeconds: 30, ...request, method: 'GET' }), request),
    send: async (request, signal) => whole(await exchange({ timeoutSeconds: 30, ...request }, signal), request),
    async openDownload({ from = 0, ...request }, signal): Promise<HttpStream> {
      // Bytes that have a checksum are wanted as they are.
      const headers = { 'accept-encoding': 'identity', ...request.headers, ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
      const answer = await exchange({ timeoutSeconds: 3600, ...request, headers, method: 'GET' }, signal);
      const { status, body, url } = answer;
      // Nobody reads any other body; left open, it would keep the connection, and the process with the timer of the exchange.
      if (status !== 200 && status !== 206) body.close();
      return { status, headers: answer.headers, ...bodyRange(answer), body: atLeast(body, url, allLimits) };
    },
  };
}

interface Exchange extends Omit<HttpAnswer, 'body'> {
  body: HttpBody;
}

async function whole(
  { body, ...answer }: Exchange,
  { maximumBytes = 1024 * 1024 }: { maximumBytes?: number },
): Promise<HttpAnswer> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of body) {
    pieces.push(piece);
    sizeBytes += piece.length;
    if (sizeBytes > maximumBytes)
      throw new HttpFailure('too-large', answer.url, `The answer is longer than ${maximumBytes} bytes`);
  }
  return { ...answer, body: Buffer.concat(pieces).toString() };
}

/** Sends the request, follows where the answers lead, and gives the head of the last one, with its body still to be read. */
async function start(
  request: HttpRequest,
  limits: HttpLimits,
  environment: Environment,
  stopped?: AbortSignal,
): Promise<Exchange> {
  const stop = new AbortController();
  const signal = stopped === undefined ? stop.signal : AbortSignal.any([stop.signal, stopped]);
  const milliseconds = (request.timeoutSeconds ?? 30) * 1000;
  const progress: Progress = { phase: 'connecting' };
  const timer = setTimeout(() => stop.abort(outOfTime(request.url, milliseconds, progress.phase)), milliseconds);
  try {
    for (let url = parsed(request.url), followed = 0; ; followed += 1) {
      const answer = await ask(url, request, { limits, environment, signal, progress });
      const next = followable(request) ? redirectOf(answer, url) : undefined;
      if (next === undefined) return { ...answer, body: answer.body.endWith(() => clearTimeout(timer)) };
      answer.body.close();
      if (followed === maximumRedirects) throw new HttpFailure('redirects', request.url, 'There are more than 10 redirects');
      url = next;
    }
  } catch (error) {
    clearTimeout(timer);
    throw error;
  }
}

interface Progress {
  phase: HttpPhase;
}

interface Asking {
  limits: HttpLimits;
  environment: Environment;
  signal: AbortSignal;
  progress: Progress;
}

async function ask(url: URL, request: HttpRequest, { limits, environment, signal, progress }: Asking): Promise<Exchange> {
  const shown = shownUrl(url.href);
  const { connectMilliseconds } = limits;
  progress.phase = 'connecting';
  const connected = () => {
    progress.phase = 'waiting';
  };
  const connection = await openConnection({ ...request, url, connectMilliseconds, signal, connected }, environment);
  const { dispatcher, made, forwardedBy } = connection;
  const to = forwardedBy === undefined ? directly(url) : throughProxy(url, forwardedBy);
  const asked = {
    origin: to.origin,
    path: to.path,
    method: request.method,
    headers: { 'user-agent': 'kickstart', accept: '*/*', ...request.headers, ...to.headers },
    signal,
    headersTimeout: limits.headersMilliseconds,
  };
  try {
    if (request.upgrade !== undefined) {
      const answer = await askUpgrade(dispatcher, asked);
      const { statusCode: status } = answer;
      return { status, headers: plainHeaders(answer), url: shown, ...made, body: noBody(dispatcher) };
    }
    const answer = await dispatcher.request({
      ...asked,
      ...(request.body === undefined
        ? {}
        : { body: request.body instanceof Secret ? Secret.reveal(request.body) : request.body }),
      bodyTimeout: limits.silenceMilliseconds,
    });
    progress.phase = 'reading';
    if (forwardedBy !== undefined && answer.statusCode === 407) throw loginRefused(forwardedBy, shown);
    return {
      status: answer.statusCode,
      headers: plainHeaders(answer),
      url: shown,
      ...made,
      body: readBody(answer.body, shown, dispatcher),
    };
  } catch (error) {
    void dispatcher.destroy();
    throw httpFailure(signal.aborted ? signal.reason : error, shown, progress.phase);
  }
}

function directly(url: URL) {
  return { origin: url.origin, path: `${url.pathname}${url.search}`, headers: {} };
}

function throughProxy(url: URL, proxy: URL) {
  const login = basicLogin(proxy);
  const headers = { host: url.host, ...(login === undefined ? {} : { 'proxy-authorization': login }) };
  return { origin: proxy.origin, path: `${url.origin}${url.pathname}${url.search}`, headers };
}

function parsed(url: string): URL {
  if (URL.canParse(url) && /^https?:/i.test(url)) return new URL(url);
  throw new HttpFailure('invalid-url', url, 'This is not an http or https URL');
}

function followable({ method, redirects }: HttpRequest): boolean {
  return redirects !== 'return' && (method === 'GET' || method === 'HEAD');
}

function redirectOf({ status, headers }: Exchange, from: URL): URL | undefined {
  const { location } = headers;
  if (!redirectStatuses.includes(status) || location === undefined) return undefined;
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const why =
    to === undefined || !/^https?:$/.test(to.protocol) ? 'is not a URL that can be asked' : 'gives up the secure connection';
  if (to !== undefined && (to.protocol === 'https:' || to.protocol === from.protocol)) return to;
  throw new HttpFailure('redirects', from.href, `The redirect to ${shownUrl(location)} ${why}`);
}

function plainHeaders({ headers }: Pick<Dispatcher.ResponseData, 'headers'>): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

function outOfTime(url: string, milliseconds: number, phase: HttpPhase): HttpFailure {
  const detail = `The exchange took longer than ${milliseconds / 1000} s`;
  return new HttpFailure('timeout', url, detail, undefined, phase);
}

const maximumRedirects = 10;
const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308];
const defaultLimits: HttpLimits = {
  connectMilliseconds: 10_000,
  headersMilliseconds: 30_000,
  silenceMilliseconds: 30_000,
  leastBytes: 1024,
};
