import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { steadyNow } from './steady-now.ts';

/** Whose key a challenge is for. */
interface Challenged {
  /** The claim id. */
  id: string;
  /** PEM. */
  publicKey: string;
}

/**
 * Secrets that prove a node by its key. Of a secret that was given nothing is kept, because anybody can ask for one who knows a claim id:
 * it says itself when it was made, with a MAC over that, the claim id and the key. So no number of strangers takes one from the agent that solves it.
 */
export interface Challenges {
  /** To be encrypted with the node's key; another one each time. */
  secretFor(node: Challenged): Buffer;
  /** True once, for a minute, for a secret that was made for this node and this key. */
  accepts(node: Challenged, shown: Buffer): boolean;
}

export function createChallenges(now: () => number = steadyNow): Challenges {
  const key = randomBytes(32);
  // Secrets that were solved, which only the node can do, and when each is over anyway; the oldest first.
  const used = new Map<string, number>();

  function seal({ id, publicKey }: Challenged, head: Buffer): Buffer {
    const mac = createHmac('sha256', key)
      .update(`${JSON.stringify([id, publicKey])}\n`)
      .update(head);
    return mac.digest().subarray(0, SECRET_BYTES - HEAD_BYTES);
  }

  function forgetOld(second: number): void {
    for (const [name, overAt] of used) {
      if (overAt > second) return;
      used.delete(name);
    }
  }

  return {
    secretFor(node) {
      const head = randomBytes(HEAD_BYTES);
      head.writeUInt32BE(secondOf(now()));
      return Buffer.concat([head, seal(node, head)]);
    },
    accepts(node, shown) {
      if (shown.length < LEAST_BYTES || shown.length > SECRET_BYTES) return false;
      const [head, mac] = [shown.subarray(0, HEAD_BYTES), shown.subarray(HEAD_BYTES)];
      if (!timingSafeEqual(mac, seal(node, head).subarray(0, mac.length))) return false;
      const [second, madeAt, name] = [secondOf(now()), head.readUInt32BE(), head.toString('hex')];
      if (second - madeAt >= LIFETIME_SECONDS || used.has(name)) return false;
      forgetOld(second);
      used.set(name, second + LIFETIME_SECONDS);
      return true;
    },
  };
}

function secondOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

// 32 bytes: not a multiple of 3 and below 48, because agents of several versions return other lengths cut (spec/claiming-and-link.md 7.5).
const SECRET_BYTES = 32;
// Four of the time, and eight that nobody can foresee.
const HEAD_BYTES = 12;
// Should an agent return a beginning only, sixteen bytes of the MAC are proof enough.
const LEAST_BYTES = HEAD_BYTES + 16;
const LIFETIME_SECONDS = 60;
