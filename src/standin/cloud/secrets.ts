import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 64 hex digits: safe in a command line, a header and a file. */
export function randomSecret(): string {
  return randomBytes(32).toString('hex');
}

/** Takes as long for a near miss as for a far one; hashing makes the lengths equal. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(secretHash(one), secretHash(other));
}

/** How a random secret is kept: there are too many of them to try, so that no slow hash is needed. */
export function secretHash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
