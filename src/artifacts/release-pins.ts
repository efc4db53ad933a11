import type { ReadEntry } from 'tar';
import { TarDamaged } from './archive/plain-tar.ts';
import { readTar } from './archive/tar-entries.ts';
import { hashed } from './checksum.ts';
import type { PinnedSource } from './releases.ts';

interface ReleaseArchive {
  /** The SHA-256 of the whole archive, whatever is in it. */
  actual: string;
  /** What its packaging/ pins, or why that cannot be known. */
  pinned: { sources: readonly PinnedSource[] } | { why: string };
}

/** Reads an agent's source archive as it comes in, keeping of it only <top>/packaging/<component>.version and .checksums. */
export async function readPins(archive: AsyncIterable<Uint8Array>): Promise<ReleaseArchive> {
  const { pieces, digest } = hashed(archive);
  const rest = withoutReturn(pieces);
  const texts = new Map<string, string>();
  const damage = await damageOf(
    readTar(rest, async (entry) => {
      const name = packagingFile.exec(entry.path)?.[1];
      if (name !== undefined && entry.size <= maximumBytes) texts.set(name, await textOf(entry));
    }),
  );
  // To the end, because only the checksum tells a damaged release from a damaged download.
  for await (const _ of rest);
  return {
    actual: digest(),
    pinned: damage === undefined ? pinsOf(texts) : { why: `It is not a whole tar.gz archive: ${damage.message}.` },
  };
}

function pinsOf(texts: ReadonlyMap<string, string>): { sources: readonly PinnedSource[] } | { why: string } {
  const components = [...texts.keys()].flatMap((name) => /^(.+)\.version$/.exec(name)?.[1] ?? []);
  const sources: PinnedSource[] = [];
  for (const component of components.toSorted()) {
    const checksums = texts.get(`${component}.checksums`);
    if (checksums === undefined) continue;
    const version = (texts.get(`${component}.version`) ?? '').trim();
    const [, sha256, fileName] = /^([0-9a-f]{64}) [ *]([A-Za-z0-9][\w.+-]*)\s*$/m.exec(checksums) ?? [];
    // Both become parts of paths and URLs.
    if (!/^[A-Za-z0-9][\w.+-]*$/.test(version) || sha256 === undefined || fileName === undefined) {
      return { why: `Its packaging/${component}.version and .checksums do not pin one archive.` };
    }
    sources.push({ component, version, fileName, sha256 });
  }
  return { sources };
}

async function textOf(entry: ReadEntry): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of entry) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function damageOf(reading: Promise<void>): Promise<TarDamaged | undefined> {
  try {
    await reading;
    return undefined;
  } catch (error) {
    if (error instanceof TarDamaged) return error;
    throw error;
  }
}

/** Whoever stops reading it early leaves the rest for the next reader. */
function withoutReturn(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) };
}

const packagingFile = /^(?:\.\/)?[^/]+\/packaging\/([A-Za-z0-9][\w.+-]*\.(?:version|checksums))$/;
const maximumBytes = 64 * 1024;
