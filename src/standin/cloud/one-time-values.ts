import { steadyNow } from './steady-now.ts';

/** Values that can each be taken once, and only for a while. Of one node the newest `limit` are kept. */
export interface OneTimeValues {
  add(nodeId: string, value: Buffer): void;
  /** True, and the value is gone, when one of the node's values matches. */
  take(nodeId: string, matches: (value: Buffer) => boolean): boolean;
  forget(nodeId: string): void;
}

export function createOneTimeValues(lifetimeSeconds: number, limit: number, now: () => number = steadyNow): OneTimeValues {
  const values = new Map<string, { value: Buffer; expiresAt: number }[]>();
  const alive = (nodeId: string) => (values.get(nodeId) ?? []).filter(({ expiresAt }) => expiresAt > now());
  return {
    add(nodeId, value) {
      values.set(nodeId, [...alive(nodeId), { value, expiresAt: now() + lifetimeSeconds * 1000 }].slice(-limit));
    },
    take(nodeId, matches) {
      const kept = alive(nodeId);
      const index = kept.findIndex(({ value }) => matches(value));
      const left = index < 0 ? kept : kept.toSpliced(index, 1);
      if (left.length === 0) values.delete(nodeId);
      else values.set(nodeId, left);
      return index >= 0;
    },
    forget(nodeId) {
      values.delete(nodeId);
    },
  };
}
