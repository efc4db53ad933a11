import { isObject, parseObject } from './answer.ts';

/**
 * What an agent of the legacy link (1.21 to 1.32), or one that was given encoding "json" (1.31 to 1.35), says on its topic `meta`.
 * Source: spec/claiming-and-link.md 7.11.
 */
export type LegacyMessage =
  | { type: 'hello'; maximumVersion: number }
  /** Information as /api/v1/info has it. */
  | { type: 'connect'; information: Readonly<Record<string, unknown>> }
  /** `isUnexpected`: it is the will. */
  | { type: 'disconnect'; isUnexpected: boolean }
  /** All that only matters to who shows charts. */
  | { type: 'other' };

/** Undefined for what is no such message. */
export function parseLegacyMessage(bytes: Buffer): LegacyMessage | undefined {
  const message = parseObject(bytes);
  if (message === undefined || typeof message.type !== 'string') return undefined;
  const { type, payload } = message;
  if (type === 'hello') {
    const maximumVersion = message['max-version'];
    return typeof maximumVersion === 'number' ? { type, maximumVersion } : undefined;
  }
  if (type === 'disconnect') return { type, isUnexpected: payload === 'unexpected' };
  if (type !== 'connect') return { type: 'other' };
  // "info + charts" are in the payload; which key the information has is not told for every version.
  const inside = isObject(payload) ? payload : {};
  return { type, information: isObject(inside.info) ? inside.info : inside };
}

/** The answer to `hello`: version 2 is what every agent takes that gets none. */
export function versionAnswer(): Buffer {
  return Buffer.from(JSON.stringify({ type: 'version', version: 1, 'min-version': 2, 'max-version': 2 }));
}
