import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from './answer.ts';

/** What can be told to misbehave; `mqtt` is the WebSocket upgrade. */
export type Endpoint = 'claim' | 'env' | 'challenge' | 'password' | 'mqtt';

/** Waits first, then resets, hangs, or answers with status and body. With a delay alone the true answer comes late. */
export interface Misbehaviour {
  endpoint: Endpoint;
  status?: number;
  /** A text is sent as it is, an object as compact JSON. */
  body?: string | object;
  delaySeconds?: number;
  hang?: boolean;
  reset?: boolean;
}

/** What an endpoint is to do instead of its work; undefined: its work. */
export type Instead = Answer | 'hang' | 'reset' | undefined;

export interface Misbehaviours {
  set(misbehaviour: Misbehaviour): void;
  clear(): void;
  /** Resolves after the delay. Throws when the signal aborts during it. */
  next(endpoint: Endpoint, signal: AbortSignal): Promise<Instead>;
}

/** One misbehaviour per endpoint, until it is replaced or all are cleared. */
export function createMisbehaviours(): Misbehaviours {
  const table = new Map<Endpoint, Misbehaviour>();
  return {
    set: (misbehaviour) => void table.set(misbehaviour.endpoint, misbehaviour),
    clear: () => table.clear(),
    async next(endpoint, signal) {
      const chosen = table.get(endpoint);
      if (chosen === undefined) return undefined;
      if (chosen.delaySeconds !== undefined) await delay(chosen.delaySeconds * 1000, undefined, { signal, ref: false });
      if (chosen.reset) return 'reset';
      if (chosen.hang) return 'hang';
      if (chosen.status === undefined && chosen.body === undefined) return undefined;
      return { status: chosen.status ?? 200, ...(chosen.body === undefined ? {} : { body: chosen.body }) };
    },
  };
}

/** Undefined when it is none. */
export function parseMisbehaviour(value: Readonly<Record<string, unknown>>): Misbehaviour | undefined {
  const { endpoint, status, body, delaySeconds, hang, reset } = value;
  if (!isEndpoint(endpoint)) return undefined;
  const isStatus =
    status === undefined || (typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599);
  const isBody = body === undefined || typeof body === 'string' || (typeof body === 'object' && body !== null);
  const isDelay = delaySeconds === undefined || (typeof delaySeconds === 'number' && delaySeconds >= 0 && delaySeconds <= 3600);
  if (!isStatus || !isBody || !isDelay) return undefined;
  return {
    endpoint,
    ...(status === undefined ? {} : { status }),
    ...(body === undefined ? {} : { body }),
    ...(delaySeconds === undefined ? {} : { delaySeconds }),
    hang: hang === true,
    reset: reset === true,
  };
}

function isEndpoint(value: unknown): value is Endpoint {
  return typeof value === 'string' && (ENDPOINTS as readonly string[]).includes(value);
}

const ENDPOINTS: readonly Endpoint[] = ['claim', 'env', 'challenge', 'password', 'mqtt'];
