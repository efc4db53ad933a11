import { steadyNow } from './steady-now.ts';

/** So many a second in the long run, and `burst` at once after a rest. */
export interface Rate {
  perSecond: number;
  burst: number;
}

/** One bucket of tokens for each name, filled at the rate of its own. */
export interface TokenBuckets {
  /** Takes a token. When there is none: whole seconds until there is one, at least 1. */
  take(name: string, rate: Rate): number | undefined;
  /** The name has a full bucket again. */
  fill(name: string): void;
  /** Names that are remembered. */
  size(): number;
}

export function createTokenBuckets(now: () => number = steadyNow): TokenBuckets {
  const buckets = new Map<string, { tokens: number; at: number; fullAt: number }>();

  function forgetSome(): void {
    if (buckets.size < MAXIMUM_NAMES) return;
    const time = now();
    for (const [name, { fullAt }] of buckets) if (fullAt <= time) buckets.delete(name);
    // Whoever has more addresses than this gets a new bucket for one that was used long ago: the memory is bounded first.
    for (const name of buckets.keys()) {
      if (buckets.size < MAXIMUM_NAMES) return;
      buckets.delete(name);
    }
  }

  return {
    take(name, { perSecond, burst }) {
      const time = now();
      const known = buckets.get(name);
      const tokens = known === undefined ? burst : Math.min(burst, known.tokens + ((time - known.at) / 1000) * perSecond);
      if (known === undefined) forgetSome();
      const left = tokens >= 1 ? tokens - 1 : tokens;
      buckets.set(name, { tokens: left, at: time, fullAt: time + ((burst - left) / perSecond) * 1000 });
      return tokens >= 1 ? undefined : Math.max(1, Math.ceil((1 - tokens) / perSecond));
    },
    fill: (name) => void buckets.delete(name),
    size: () => buckets.size,
  };
}

const MAXIMUM_NAMES = 10_000;
