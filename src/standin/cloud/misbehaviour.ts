import { claimRefusalStatuses, type RefusalBody } from '../../cloud/wire.ts';
import type { Answer } from './answer.ts';

/**
 * What can be told to misbehave: the HTTP requests of agents (`mqtt` is the WebSocket upgrade), their MQTT packets,
 * and `tls`, which is every connection before anything is said on it.
 */
export type Endpoint = HttpEndpoint | PacketEndpoint | 'tls';
export type HttpEndpoint = 'claim' | 'env' | 'challenge' | 'password' | 'mqtt';
export type PacketEndpoint = 'connect' | 'subscribe' | 'publish' | 'ping';

/** Certificates that no client should trust. */
export type WrongCertificate = 'expired' | 'other-name' | 'self-signed' | 'unknown-ca';

/** Keys of refusals that agents know, and two reasons for the one of a bad token. */
export type RefusalName = keyof typeof claimRefusalStatuses | 'token-expired' | 'token-used-up';

/**
 * How one endpoint misbehaves, and when. It waits first; with a delay alone the true answer comes late.
 * All that is known of it is in `parse-misbehaviour.ts`, which also says what goes with which endpoint.
 */
export interface Misbehaviour {
  endpoint: Endpoint;

  /** Only for this claim id. */
  node?: string;
  /** From this one on, counted from 1 since the misbehaviour was set; 1 when absent. */
  request?: number;
  /** So many of them; all when absent. */
  times?: number;
  /** So long after it was set. */
  forSeconds?: number;

  delaySeconds?: number;
  /** True: no answer. `after-headers`: the head of the answer, half of its body, and then nothing. */
  hang?: true | 'after-headers';
  reset?: true;
  status?: number;
  /** A text is sent as it is, an object as compact JSON. */
  body?: string | object;
  /** The documented answer of this name. */
  refuse?: RefusalName;
  /** errorNonRetryable in the refusal: the agent takes itself for banned. */
  ban?: true;
  /** errorRetryDelaySeconds in the refusal: when the agent is to try again. */
  retryAfterSeconds?: number;
  /** Of the CONNACK that refuses. */
  reasonCode?: number;
  certificate?: WrongCertificate;
}

/** What an HTTP endpoint is to do instead of its work. */
export type Instead = { answer: Answer; hangs?: true } | 'hang' | 'hang-after-headers' | 'reset';

/** Undefined when it is to do its work. */
export function insteadOf(chosen: Misbehaviour | undefined): Instead | undefined {
  if (chosen === undefined) return undefined;
  if (chosen.reset) return 'reset';
  if (chosen.hang === true) return 'hang';
  const answer = answerOf(chosen);
  const hangs = chosen.hang === 'after-headers';
  if (answer === undefined) return hangs ? 'hang-after-headers' : undefined;
  return { answer, ...(hangs && { hangs }) };
}

function answerOf({ status, body, refuse, ban, retryAfterSeconds }: Misbehaviour): Answer | undefined {
  if (refuse === undefined && ban === undefined && retryAfterSeconds === undefined) {
    if (status === undefined && body === undefined) return undefined;
    return { status: status ?? 200, ...(body === undefined ? {} : { body }) };
  }
  const named = refusals(refuse ?? 'ErrServiceUnavailable');
  const finalStatus = status ?? named.status;
  const refusal: RefusalBody = {
    errorCode: `${finalStatus}`,
    errorMsgKey: named.key,
    errorMessage: named.message,
    errorNonRetryable: ban === true,
    ...(retryAfterSeconds === undefined ? {} : { errorRetryDelaySeconds: retryAfterSeconds }),
  };
  return { status: finalStatus, body: refusal };
}

function refusals(name: RefusalName): { status: number; key: string; message: string } {
  if (name === 'token-expired') return { status: 403, key: 'ErrForbidden', message: 'the token is expired' };
  if (name === 'token-used-up') return { status: 403, key: 'ErrForbidden', message: 'the token is used up' };
  // An answer of status 102 is not the last one: curl would go on waiting (spec/claiming-and-link.md 1.4).
  const status = name === 'ErrProcessingClaim' ? 200 : claimRefusalStatuses[name];
  return { status, key: name, message: 'asked for by the operator of the stand-in' };
}
