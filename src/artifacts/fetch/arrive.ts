import { basename } from 'node:path';
import type { FetchContext, Fetching, SourceProblem } from './fetch.ts';
import { type OnePass, openOnePass } from './one-pass.ts';

/** A file on its way to its place. `part` is where its bytes are written; without it they are in a file already. */
export type Arriving = Pick<Fetching, 'sha256' | 'path' | 'unpack'> & { part?: string };

/** Takes a whole file; when it is the right one, it and its tree are in their places. Else nothing of it is left. */
export async function arriveFrom(
  pieces: AsyncIterable<Uint8Array>,
  arriving: Arriving,
  context: FetchContext,
): Promise<SourceProblem | undefined> {
  const pass = beginArrival(arriving, context);
  try {
    for await (const piece of pieces) {
      context.signal.throwIfAborted();
      await pass.take(piece);
    }
    return await endArrival(pass, arriving, context);
  } catch (error) {
    await pass.discard();
    throw error;
  }
}

export function beginArrival({ path, part, unpack }: Arriving, context: FetchContext): OnePass {
  return openOnePass({ archive: basename(path), part, unpack }, context);
}

/** All bytes have come. Throws VERIFY_ARCHIVE_UNSAFE when they are the right ones and must not be unpacked; then nothing of them is left either. */
export async function endArrival(
  pass: OnePass,
  { sha256, path, part }: Arriving,
  { system }: FetchContext,
): Promise<SourceProblem | undefined> {
  const refusal = await pass.end();
  const actual = pass.sha256();
  if (actual !== sha256) {
    await pass.discard();
    return { why: `Its SHA-256 is ${actual}.`, actual };
  }
  if (refusal !== undefined) throw refusal;
  if (part !== undefined) await system.rename(part, path);
  await pass.settle();
  return undefined;
}
