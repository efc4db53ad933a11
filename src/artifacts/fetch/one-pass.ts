import { createHash } from 'node:crypto';
import { isKickstartError, type KickstartError } from '../../errors.ts';
import { unpack } from '../archive/unpack.ts';
import type { Destination, FetchContext } from './fetch.ts';
import { type Handover, handover } from './handover.ts';

/** What is made of the bytes while they come in. */
interface Making {
  /** How a message names the archive. */
  archive: string;
  /** Where the bytes are written, when they are not in a file already. */
  part?: string | undefined;
  unpack?: Destination | undefined;
}

export interface OnePass {
  takenBytes(): number;
  /** The SHA-256 of the bytes so far. */
  sha256(): string;
  /** Resolves when there is room for more. Throws what went wrong with writing: a disk that is full. */
  take(piece: Uint8Array): Promise<void>;
  /** No more bytes come. Returns what the archive did wrong, when it was refused while it was unpacked. */
  end(): Promise<KickstartError | undefined>;
  /** The tree takes its place; to be called when the bytes are known to be the right ones. */
  settle(): Promise<void>;
  /** Removes all that was made of them. */
  discard(): Promise<void>;
}

/**
 * Hashes, writes and unpacks bytes in one pass, in memory that does not depend on their number. The tree stays beside its destination, and the bytes
 * in their part file, because nobody knows yet whether they are the right ones. A bad archive does not end the pass: only the hash tells whose fault it is.
 * Nothing is written before the first bytes have come.
 */
export function openOnePass(making: Making, context: FetchContext): OnePass {
  const { system } = context;
  const { part, unpack } = making;
  const hash = createHash('sha256');
  let begun: Promise<readonly Consumer[]> | undefined;
  let takenBytes = 0;
  const consumers = () => {
    begun ??= begin(making, context);
    return begun;
  };

  return {
    takenBytes: () => takenBytes,
    sha256: () => hash.copy().digest('hex'),
    async take(piece) {
      const all = await consumers();
      hash.update(piece);
      takenBytes += piece.length;
      await Promise.all(all.map(({ give }) => give(piece)));
      throwFailures(all);
    },
    async end() {
      const all = await consumers();
      for (const consumer of all) consumer.end();
      await Promise.all(all.map(({ done }) => done));
      throwFailures(all);
      return all.map(({ failure }) => refusalOf(failure())).find((refusal) => refusal !== undefined);
    },
    async settle() {
      if (unpack !== undefined) await system.rename(unpackingPath(unpack), unpack.destination);
    },
    async discard() {
      if (begun === undefined) return;
      const all = await begun.catch(() => []);
      for (const consumer of all) consumer.break(new Error('The bytes are not wanted any more.'));
      await Promise.all(all.map(({ done }) => done));
      if (part !== undefined) await system.removeFile(part);
      if (unpack !== undefined) await system.removeTree(unpackingPath(unpack));
    },
  };
}

async function begin({ archive, part, unpack: tree }: Making, { system, signal }: FetchContext): Promise<readonly Consumer[]> {
  const consumers: Consumer[] = [];
  if (tree !== undefined) {
    const { owner } = tree;
    const destination = unpackingPath(tree);
    await system.removeTree(destination);
    await system.createDirectory(destination, { mode: 0o755, ...(owner && { owner }) });
    consumers.push(attach((pieces) => unpack({ ...tree, archive, pieces, destination }, system, signal)));
  }
  if (part !== undefined) {
    await system.removeFile(part);
    consumers.push(attach((pieces) => system.createFile(part, pieces, { mode: 0o644 })));
  }
  return consumers;
}

/** Where a tree is put together before it takes its place. */
export function unpackingPath({ destination }: Pick<Destination, 'destination'>): string {
  return `${destination}.unpacking`;
}

interface Failure {
  error: unknown;
}

interface Consumer extends Handover {
  /** Resolves, never rejects, when the work has ended. */
  done: Promise<void>;
  failure(): Failure | undefined;
}

/** Starts work on pieces that are still to come. */
function attach(work: (pieces: AsyncIterable<Uint8Array>) => Promise<void>): Consumer {
  const pieces = handover();
  let failure: Failure | undefined;
  const done = work(pieces.pieces).catch((error: unknown) => {
    failure = { error };
    // Nobody reads on; whoever gives must not wait for it.
    pieces.leave();
  });
  return { ...pieces, done, failure: () => failure };
}

/** What the archive itself did wrong is kept for the end. */
function throwFailures(consumers: readonly Consumer[]): void {
  for (const { failure } of consumers) {
    const found = failure();
    if (found !== undefined && refusalOf(found) === undefined) throw found.error;
  }
}

function refusalOf(failure: Failure | undefined): KickstartError | undefined {
  return isKickstartError(failure?.error, 'VERIFY_ARCHIVE_UNSAFE') ? failure.error : undefined;
}
