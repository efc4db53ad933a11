import { KickstartError } from '../errors.ts';
import { type Secret, secretJson } from '../system/secret.ts';
import { type HttpAnswer, HttpFailure, type HttpRequest, type System } from '../system/system.ts';
import { claimRefusal } from './claim-answers.ts';
import { claimPath } from './wire.ts';

interface ClaimRequest {
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
  caFile?: string;
}

/**
 * One attempt to claim this node. Does not retry: an answer is final, and a request that may have arrived is the user's to repeat.
 * Throws CLAIM_UNREACHABLE when there is no answer, and the code of `claim-answers.ts` for every answer but 204.
 * Source: spec/claiming-and-link.md 1.1; body seen in spec/agent-wire-transcript.md S1.
 */
export async function claim(request: ClaimRequest, system: System, signal?: AbortSignal): Promise<void> {
  const answer = await put(request, system, signal);
  const refusal = claimRefusal(answer.status, answer.body);
  if (refusal === undefined) return;
  throw new KickstartError(refusal.code, {
    what: 'Failed to claim this node.',
    why: `${request.url} answered: ${refusal.what}.`,
    next: refusal.next,
  });
}

async function put(request: ClaimRequest, system: System, signal?: AbortSignal): Promise<HttpAnswer> {
  try {
    const sent: HttpRequest = {
      method: 'PUT',
      url: `${request.url}${claimPath(request.id)}`,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: secretJson({
        node: { id: request.id, hostname: request.hostname },
        token: request.token,
        rooms: request.rooms,
        publicKey: request.publicKey,
        mGUID: request.machineGuid,
      }),
      ...(request.caFile === undefined ? {} : { caFile: request.caFile }),
      redirects: 'return',
      timeoutSeconds: 30,
      maximumBytes: 64 * 1024,
    };
    return await system.send(sent, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof HttpFailure)) throw error;
    throw new KickstartError('CLAIM_UNREACHABLE', {
      what: 'Failed to claim this node.',
      why: `There was no answer to the claim: ${error.message}.`,
      next: unreachableAdvice[error.reason] ?? 'Check --claim-url, the firewall and the proxy, and claim again.',
      cause: error,
    });
  }
}

const unreachableAdvice: Partial<Record<HttpFailure['reason'], string>> = {
  'tls-untrusted': 'If the Cloud has a certificate of a private CA, name the file with it: --ca-file FILE.',
  'name-not-found': 'Check the name in --claim-url, and that this machine can resolve it.',
};
