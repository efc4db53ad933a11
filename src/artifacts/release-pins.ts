import type { ReadEntry } from 'tar';
import { TarDamaged } from './archive/plain-tar.ts';
import { readTar } from './archive/tar-entries.ts';
import { type CatalogRow, catalog } from './catalog.ts';
import { hashed } from './checksum.ts';
import type { PinnedSource } from './releases.ts';

interface ReleaseArchive {
  /** The SHA-256 of the whole archive, whatever is in it. */
  actual: string;
  /** What its packaging/ pins, or why that cannot be known. */
  pinned: { sources: readonly PinnedSource[] } | { why: string };
}

/**
 * Reads an agent's source archive as it comes in, keeping of it only <top>/packaging/<component>.version and .checksums of the catalog.
 * Real trees pin there, too, what kickstart does not build: ebpf, go.d, dashboard, judy, libbpf, yaml. What those files hold is no business of ours.
 */
export async function readPins(archive: AsyncIterable<Uint8Array>): Promise<ReleaseArchive> {
  const { pieces, digest } = hashed(archive);
  const rest = withoutReturn(pieces);
  const texts = new Map<string, string>();
  const damage = await damageOf(
    readTar(rest, async (entry) => {
      const name = packagingFile.exec(entry.path)?.[1];
      if (name !== undefined && pinFiles.has(name) && entry.size <= maximumBytes) texts.set(name, await textOf(entry));
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
  const sources: PinnedSource[] = [];
  for (const row of catalog) {
    const version = texts.get(`${row.component}.version`)?.trim();
    const checksums = texts.get(`${row.component}.checksums`);
    if (version === undefined || checksums === undefined) continue;
    // Both become parts of paths and URLs.
    const archive = isPlainName.test(version) ? archiveOf(row, version, checksums) : undefined;
    if (archive === undefined) {
      return { why: `Its packaging/${row.component}.version and .checksums do not pin one archive.` };
    }
    sources.push({ component: row.component, version, ...archive });
  }
  return { sources };
}

/** Of several lines the one that has upstream's name of this version's archive, else one that has its version in it. */
function archiveOf({ upstreamUrl }: CatalogRow, version: string, checksums: string): Archive | undefined {
  const archives = checksums.split('\n').flatMap(parsedLine);
  if (archives.length < 2) return archives[0];
  const upstream = upstreamUrl(version);
  return (
    archives.find(({ fileName }) => fileName === upstream.slice(upstream.lastIndexOf('/') + 1)) ??
    archives.find(({ fileName }) => fileName.includes(version))
  );
}

type Archive = Pick<PinnedSource, 'fileName' | 'sha256'>;

/** A line of sha256sum: "<hex>  <name>", "<hex> *<name>" or "<hex>  ./<name>". */
function parsedLine(line: string): readonly Archive[] {
  const [, sha256, fileName] = /^([0-9a-f]{64})\s+\*?(?:\.\/)?(\S+)\s*$/i.exec(line) ?? [];
  if (sha256 === undefined || fileName === undefined || !isPlainName.test(fileName)) return [];
  return [{ fileName, sha256: sha256.toLowerCase() }];
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
const pinFiles: ReadonlySet<string> = new Set(
  catalog.flatMap(({ component }) => [`${component}.version`, `${component}.checksums`]),
);
const isPlainName = /^[A-Za-z0-9][\w.+-]*$/;
const maximumBytes = 64 * 1024;
