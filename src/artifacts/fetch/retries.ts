import type { HttpFailureReason } from '../../system/system.ts';

/** Whether another attempt may end better: connection trouble passes; a name that does not exist or a bad certificate does not. */
export function mayPass(reason: HttpFailureReason): boolean {
  return passing.includes(reason);
}

/** 1, 2, 4 … s and up to a half more, so that many machines do not come back at the same moment; the random part comes from a random UUID. */
export function pauseAfter(attempt: number, uuid: string): number {
  const random = Number.parseInt(uuid.slice(0, 8), 16) / 2 ** 32;
  return Math.round(1000 * 2 ** (attempt - 1) * (1 + random / 2));
}

interface Refusal {
  status: number;
  headers: Readonly<Record<string, string>>;
}

/** How long a server that is busy asks to wait, in milliseconds; undefined when it does not say. Source: RFC 9110 10.2.3. */
export function retryAfter({ status, headers }: Refusal, now: number): number | 'too-long' | undefined {
  const text = headers['retry-after'];
  if (text === undefined || (status !== 429 && status !== 503)) return undefined;
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  if (Number.isNaN(milliseconds)) return undefined;
  return milliseconds > longestPause ? 'too-long' : Math.max(0, milliseconds);
}

const longestPause = 30_000;
const passing: readonly HttpFailureReason[] = ['timeout', 'closed', 'refused', 'proxy-unreachable'];
