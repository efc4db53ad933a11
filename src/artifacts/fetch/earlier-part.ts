import { basename, dirname, join } from 'node:path';
import type { ReadableSystem } from '../../system/system.ts';

/**
 * The longest part of the same file that another run left in the cache, or is still writing. It is only read, and never to be written: so it does not
 * matter whether that run lives. Undefined when there is none.
 */
export async function longestPart(own: { path: string; part: string }, system: ReadableSystem): Promise<string | undefined> {
  const { path, part } = own;
  const ownName = basename(part);
  const isPart = (name: string) => name.startsWith(`${basename(path)}.part-`) && name.length === ownName.length;
  const parts = ((await system.list(dirname(path))) ?? []).filter((name) => isPart(name) && name !== ownName);
  let longest: { file: string; sizeBytes: number } | undefined;
  for (const name of parts) {
    const file = join(dirname(path), name);
    const facts = await system.stat(file);
    if (facts?.kind === 'file' && facts.sizeBytes > (longest?.sizeBytes ?? 0)) longest = { file, sizeBytes: facts.sizeBytes };
  }
  return longest?.file;
}

/** Its bytes; none when its run has taken it away meanwhile. */
export async function* piecesIfThere(file: string, system: ReadableSystem): AsyncGenerator<Uint8Array> {
  try {
    yield* system.readBytes(file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
