import { steadyNow } from '../steady-now.ts';

/** How often an address may be wrong. */
export interface TryLimit {
  /** Counts a try. Seconds to wait, without trying, when there were too many; otherwise 0. */
  begin(address: string): number;
  /** The last try was right: those before it are forgotten. */
  forgive(address: string): void;
}

/** `limit` tries a minute for each address, counted from the first of them. */
export function createTryLimit(limit: number, now: () => number = steadyNow): TryLimit {
  const tries = new Map<string, { count: number; until: number }>();
  return {
    begin(address) {
      const known = tries.get(address);
      const isGone = known === undefined || known.until <= now();
      if (!isGone && known.count >= limit) return Math.ceil((known.until - now()) / 1000);
      if (isGone) dropOldest(tries);
      tries.set(address, isGone ? { count: 1, until: now() + MINUTE } : { ...known, count: known.count + 1 });
      return 0;
    },
    forgive: (address) => void tries.delete(address),
  };
}

// Whoever has more addresses than this can also wait a minute.
function dropOldest(tries: Map<string, unknown>): void {
  const [oldest] = tries.keys();
  if (oldest !== undefined && tries.size >= ADDRESSES) tries.delete(oldest);
}

const MINUTE = 60_000;
const ADDRESSES = 10_000;
