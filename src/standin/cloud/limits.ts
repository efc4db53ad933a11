import { isIPv4, isIPv6 } from 'node:net';
import type { Rate } from './token-buckets.ts';

/** What one address may do. */
export interface AddressLimits {
  /** At the same time. */
  connections: number;
  requests: Rate;
  claims: Rate;
  /** WebSockets to be opened. */
  links: Rate;
}

export interface Limits {
  /** Of all addresses together. */
  connections: number;
  /** For this machine itself: a whole fleet of simulated agents may come from it, and it is not without limit either. */
  loopback: AddressLimits;
  /** For every other address: a NAT with many agents behind it is one. */
  elsewhere: AddressLimits;
  /**
   * What each claimed node, the administrator and the page may ask from one address beside all that: who else asks from there, and how often,
   * does not count against them.
   */
  own: Rate;
  /** How long a connection on which nothing is asked stays open after an answer. Agents ask their next question at once. */
  idleSeconds: number;
}

export const usualLimits: Limits = {
  connections: 12_000,
  loopback: {
    connections: 11_000,
    requests: { perSecond: 4000, burst: 8000 },
    claims: { perSecond: 2000, burst: 4000 },
    links: { perSecond: 4000, burst: 8000 },
  },
  elsewhere: {
    connections: 1000,
    requests: { perSecond: 100, burst: 1000 },
    claims: { perSecond: 10, burst: 100 },
    links: { perSecond: 100, burst: 1000 },
  },
  own: { perSecond: 50, burst: 1000 },
  idleSeconds: 10,
};

/**
 * An address as limits count it: one IPv4 address, or the /64 of IPv6 that one customer usually has.
 * All that this machine has of 127.0.0.0/8 is one: its users can take any of it.
 */
export function countedAddress(address: string): string {
  const mapped = /^::ffff:(?=.*\.)/i.test(address) ? address.slice('::ffff:'.length) : address;
  if (isLoopback(mapped)) return '127.0.0.1';
  if (isIPv4(mapped)) return mapped;
  const [plain = ''] = address.split('%');
  if (!isIPv6(plain)) return plain;
  return `${groups(plain).slice(0, 4).join(':')}::/64`;
}

/** What `countedAddress` made, or the address itself. */
export function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\./i.test(address) || address === '::1';
}

// Eight groups: the URL parser writes them without leading zeros, and folds the longest row of zeros.
function groups(address: string): string[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - (before?.length ?? 0) - (after?.length ?? 0) }, () => '0');
  return [...(before ?? []), ...zeros, ...(after ?? [])];
}
