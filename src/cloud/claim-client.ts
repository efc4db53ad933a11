import { KickstartError } from '../errors.ts';
import { type Secret, secretJson, withoutSecret } from '../system/secret.ts';
import { type HttpAnswer, HttpFailure, type HttpRequest, type System } from '../system/system.ts';
import { claimRefusal } from './claim-answers.ts';
import { claimFailure, howFar } from './claim-failures.ts';
import { printable, withoutLogin } from './shown-text.ts';
import { claimPath } from './wire.ts';

interface ClaimRequest extends Pick<HttpRequest, 'caFile' | 'insecure' | 'proxy'> {
  /** Base URL of the Cloud; a path in it is kept. */
  url: string;
  /** The claim id: what the node is called towards the Cloud. */
  id: string;
  hostname: string;
  machineGuid: string;
  token: Secret;
  rooms: readonly string[];
  /** PEM, SPKI. */
  publicKey: string;
  /** Hears of waits and further attempts; with `verbose` also what is sent and answered, without secrets. */
  progress?(text: string): void;
  verbose?: boolean;
}

interface Failed {
  error: KickstartError;
  /** The cause in a few words, for the line that announces another attempt. */
  short: string;
  /** Before another attempt; undefined when one is not safe, or of no use. `usual`: as the table below says. */
  pause: number | 'usual' | undefined;
  arrived: boolean;
}

type Outcome = { accepted: Accepted } | Failed;
type Accepted = Pick<HttpAnswer, 'proxyHttpVersion'>;

/**
 * Claims this node. Up to three attempts: while no connection was made, or when the Cloud says that it did not take the claim (503, 429).
 * A claim that was sent and not answered is the user's to repeat. Throws the CLAIM_… codes of `claim-answers.ts` and `claim-failures.ts`.
 * Source: spec/claiming-and-link.md 1.1; body seen in spec/agent-wire-transcript.md S1.
 */
export async function claim(request: ClaimRequest, system: System, signal?: AbortSignal): Promise<Accepted> {
  const say = (text: string) => request.progress?.(withoutSecret(text, request.token));
  let arrivedBefore = false;
  for (let attempt = 1; ; attempt += 1) {
    if (request.verbose) say(whatIsSent(request));
    const outcome = await attemptClaim(request, { arrivedBefore, attempt }, system, signal);
    if ('accepted' in outcome) {
      if (request.verbose) say('answered: status 204, claimed');
      return outcome.accepted;
    }
    if (request.verbose) say(`failed: ${outcome.error.why}`);
    const pause = outcome.pause === 'usual' ? pauses[attempt - 1] : outcome.pause;
    if (pause === undefined || attempt === mostAttempts) throw outcome.error;
    arrivedBefore ||= outcome.arrived;
    say(`${outcome.short}; attempt ${attempt + 1} of ${mostAttempts} in ${Math.ceil(pause / 1000)} s`);
    await system.sleep(pause, signal);
    signal?.throwIfAborted();
  }
}

interface Before {
  attempt: number;
  /** An attempt of this call was refused for the moment, but had arrived. */
  arrivedBefore: boolean;
}

async function attemptClaim(request: ClaimRequest, before: Before, system: System, signal?: AbortSignal): Promise<Outcome> {
  try {
    const answer = await system.send(httpRequest(request), signal);
    const refusal = claimRefusal(answer);
    const { proxyHttpVersion } = answer;
    if (refusal === undefined) return { accepted: proxyHttpVersion === undefined ? {} : { proxyHttpVersion } };
    return refused(request, refusal, { ...before, answer, now: system.now() });
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof HttpFailure)) throw error;
    return unanswered(request, error, before);
  }
}

function httpRequest({ url, id, caFile, insecure, proxy, ...claimed }: ClaimRequest): HttpRequest {
  return {
    method: 'PUT',
    url: `${url}${claimPath(id)}`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: secretJson({
      node: { id, hostname: claimed.hostname },
      token: claimed.token,
      rooms: claimed.rooms,
      publicKey: claimed.publicKey,
      mGUID: claimed.machineGuid,
    }),
    ...(caFile === undefined ? {} : { caFile }),
    ...(insecure === undefined ? {} : { insecure }),
    ...(proxy === undefined ? {} : { proxy }),
    // The token is meant for one server.
    redirects: 'return',
    timeoutSeconds: 30,
    maximumBytes: 64 * 1024,
  };
}

interface Answered extends Before {
  answer: HttpAnswer;
  now: number;
}

function refused(
  request: ClaimRequest,
  refusal: NonNullable<ReturnType<typeof claimRefusal>>,
  { answer, now, attempt, arrivedBefore }: Answered,
): Failed {
  const { url, token } = request;
  const mayPass = refusal.code === 'CLAIM_CLOUD_UNAVAILABLE' || refusal.code === 'CLAIM_TOO_MANY';
  const asked = mayPass ? retryAfter(answer.headers, now) : undefined;
  const tooLong = asked !== undefined && asked > longestPause;
  const wait = tooLong ? ` It asks for ${Math.ceil(asked / 1000)} s before the next attempt.` : '';
  const own =
    refusal.code === 'CLAIM_ALREADY' && arrivedBefore
      ? ' An attempt before this one had reached it too and may be the claim that it means: look whether the node is in your space.'
      : '';
  const error = new KickstartError(refusal.code, {
    what: 'Failed to claim this node.',
    why: withoutSecret(`${withoutLogin(url)} ${refusal.what}${attempts(attempt)}.${wait}${own}`, token),
    next: refusal.code === 'CLAIM_GATEWAY_TIMEOUT' ? withOwnId(refusal.next, request) : refusal.next,
  });
  const pause = !mayPass || tooLong ? undefined : (asked ?? 'usual');
  return { error, short: `the Cloud answers with status ${answer.status}`, pause, arrived: true };
}

function unanswered(request: ClaimRequest, failure: HttpFailure, { attempt }: Before): Failed {
  const { code, next, mayPass } = claimFailure(failure);
  const error = new KickstartError(code, {
    what: 'Failed to claim this node.',
    why: `${howFar(failure)}${attempts(attempt)}: ${failure.message}.`,
    next: failure.phase === 'connecting' ? next : withOwnId(next, request),
    cause: failure,
  });
  const pause = mayPass && failure.phase === 'connecting' ? 'usual' : undefined;
  return { error, short: failure.message, pause, arrived: false };
}

/** A claim that may have arrived is made again with the same id; the machine GUID is taken without a word. */
function withOwnId(next: string, { id, machineGuid }: ClaimRequest): string {
  return id === machineGuid ? next : `${next} The id is ${id}: --claim-id ${id}.`;
}

function attempts(attempt: number): string {
  return attempt === 1 ? '' : `, after ${attempt} attempts`;
}

/** Milliseconds until the Cloud wants to be asked again; undefined when it does not say. Source: RFC 9110 10.2.3. */
function retryAfter({ 'retry-after': text }: HttpAnswer['headers'], now: number): number | undefined {
  if (text === undefined) return undefined;
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

function whatIsSent({ url, id, hostname, machineGuid, rooms, caFile, insecure, proxy }: ClaimRequest): string {
  const way = proxy === undefined ? 'as the environment says' : proxy === 'none' ? 'without a proxy' : 'through the given proxy';
  return [
    `PUT ${withoutLogin(url)}${claimPath(id)} ${way}`,
    `host name ${printable(hostname)}, rooms ${rooms.length === 0 ? 'none' : printable(rooms.join(', '), 400)}`,
    `machine GUID ${machineGuid}, token and key not shown`,
    ...(caFile === undefined ? [] : [`trusting ${caFile}`]),
    ...(insecure ? ['the certificate is not looked at'] : []),
  ].join('; ');
}

const mostAttempts = 3;
const pauses: readonly number[] = [1000, 2000];
const longestPause = 30_000;
