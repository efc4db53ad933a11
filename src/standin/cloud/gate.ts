import { countedAddress, isLoopback, type Limits } from './limits.ts';
import { createTokenBuckets } from './token-buckets.ts';

/** What counts against what. */
export type Spending = 'requests' | 'claims' | 'links';

/** Who may come in, and how often they may ask. */
export interface Gate {
  /** False when the address has all the connections that it may have, or nobody may have another; otherwise it has one more, until `leave`. */
  enter(address: string): boolean;
  leave(address: string): void;
  /** All addresses together have all the connections that they may have. */
  isFull(): boolean;
  /** Seconds to wait when the address asks too often, and what it asks for, `own`, has nothing of its own left either. */
  spend(what: Spending, address: string, own?: string): number | undefined;
}

export function createGate(limits: Limits, now?: () => number): Gate {
  const open = new Map<string, number>();
  let total = 0;
  const buckets = createTokenBuckets(now);
  // Apart, so that strangers with many addresses do not make them be forgotten.
  const ownBuckets = createTokenBuckets(now);
  const limitsOf = (name: string) => (isLoopback(name) ? limits.loopback : limits.elsewhere);
  return {
    enter(address) {
      const name = countedAddress(address);
      const count = open.get(name) ?? 0;
      if (total >= limits.connections || count >= limitsOf(name).connections) return false;
      open.set(name, count + 1);
      total += 1;
      return true;
    },
    leave(address) {
      const name = countedAddress(address);
      const count = open.get(name) ?? 0;
      if (count > 1) open.set(name, count - 1);
      else open.delete(name);
      total -= 1;
    },
    isFull: () => total >= limits.connections,
    spend(what, address, own) {
      const name = countedAddress(address);
      if (own !== undefined && ownBuckets.take(`${own} from ${name}`, limits.own) === undefined) return undefined;
      return buckets.take(`${what} ${name}`, limitsOf(name)[what]);
    },
  };
}
