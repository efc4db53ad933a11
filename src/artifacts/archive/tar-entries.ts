import type { ReadEntry } from 'tar';
import { plainTar, TarDamaged, type TarLimits } from './plain-tar.ts';

/**
 * Gives each entry of a tar or tar.gz archive to `take`, one after the other; what `take` leaves of an entry is skipped.
 * Throws what `take` throws, what reading throws, and TarDamaged. When it throws, `take` is not at work any more.
 */
export async function readTar(
  archive: AsyncIterable<Uint8Array>,
  take: (entry: ReadEntry) => Promise<void>,
  limits: TarLimits = { maximumBytes: mostBytes },
): Promise<void> {
  // Lazily: a claim needs no archives.
  const { Parser } = await import('tar');
  const parser = new Parser({ strict: true });
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(nothing);
  const ended = new Promise<void>((resolve) => parser.once('end', () => resolve()));
  let atEnd = false;
  let failed = false;
  let current: ReadEntry | undefined;
  let work: Promise<void> = Promise.resolve();

  // Zeros behind the end would each be looked at as a header, for as long as there are any.
  parser.on('eof', () => {
    atEnd = true;
  });
  parser.on('error', (error: Error) => failure.reject(new TarDamaged(error.message)));
  // The parser passes over what it does not know: sparse files, volume labels, endless headers. A tree without them would not be whole.
  parser.on('ignoredEntry', ({ type }: ReadEntry) =>
    failure.reject(new TarDamaged(`it has an entry of a kind that is not known: ${type}`)),
  );
  parser.on('entry', (entry: ReadEntry) => {
    entry.on('error', nothing);
    work = work.then(async () => {
      if (failed) return;
      current = entry;
      await take(entry);
      entry.resume();
    });
    work.catch(failure.reject);
  });

  try {
    for await (const piece of plainTar(archive, limits)) {
      if (atEnd || parser.write(piece)) continue;
      await Promise.race([new Promise<void>((resolve) => parser.once('drain', () => resolve())), failure.promise]);
    }
    parser.end();
    await Promise.race([ended.then(() => work), failure.promise]);
  } catch (error) {
    failed = true;
    // Or `take` would wait for the rest of it.
    current?.destroy(error);
    await work.catch(nothing);
    throw error;
  }
}

function nothing(): void {}

const mostBytes = 2 * 1024 ** 3;
