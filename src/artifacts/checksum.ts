import { createHash } from 'node:crypto';
import type { ReadableSystem } from '../system/system.ts';

/** SHA-256 of a file, 64 hex digits in lower case; undefined when nothing is there. */
export async function sha256OfFile(path: string, system: ReadableSystem): Promise<string | undefined> {
  if ((await system.stat(path)) === undefined) return undefined;
  const hash = createHash('sha256');
  for await (const piece of system.readBytes(path)) hash.update(piece);
  return hash.digest('hex');
}

/** The same pieces again, while their SHA-256 is made; `digest` is called when they have been read. */
export function hashed(pieces: AsyncIterable<Uint8Array>): { pieces: AsyncIterable<Uint8Array>; digest: () => string } {
  const hash = createHash('sha256');
  async function* through() {
    for await (const piece of pieces) {
      hash.update(piece);
      yield piece;
    }
  }
  return { pieces: through(), digest: () => hash.digest('hex') };
}

/** The SHA-256 of a text. */
export function sha256OfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
