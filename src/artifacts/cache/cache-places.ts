import { basename, dirname, join } from 'node:path';
import type { ReadableSystem } from '../../system/system.ts';
import { sha256OfText } from '../checksum.ts';

/** Built libraries: <key>/{files/…, manifest.json, users/…}. What is only on its way lies beside an entry, as `.<key>.<what it is>`. */
export function builtDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, 'built');
}

/** Source archives: <sha256>/<file name>. */
export function sourcesDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, 'sources');
}

/** The cache that an entry of built libraries or of archives is in. */
export function cacheOf(entry: string): string {
  return dirname(dirname(entry));
}

/** What a run uses when the cache cannot be written: it goes with the scratch space of the run. */
export function runsOwnCache(runDirectory: string): string {
  return join(runDirectory, 'cache');
}

/** Where one build puts a library together, and where it moves one that is damaged: named by its own work directory, so that two do not meet. */
export function besideEntry(entry: string, workDirectory: string): { staging: string; discarded: string } {
  const own = sha256OfText(workDirectory).slice(0, 16);
  const beside = (what: string) => join(dirname(entry), `.${basename(entry)}.${what}-${own}`);
  return { staging: beside('staging'), discarded: beside('discarded') };
}

/** What a name beside the entries means; undefined for an entry and for anything else. */
export function leftoverOf(name: string): { key: string; kind: string } | undefined {
  const [, key, kind] = /^\.([0-9a-f]{64})\.(staging|discarded|lock)-/.exec(name) ?? [];
  return key === undefined || kind === undefined ? undefined : { key, kind };
}

/** Whether something can be put into the cache: the directory, or the nearest one above it that is there, can be written. */
export async function cacheIsWritable(cacheDirectory: string, system: ReadableSystem): Promise<boolean> {
  if ((await system.stat(cacheDirectory)) !== undefined) return system.canWrite(cacheDirectory);
  return cacheIsWritable(dirname(cacheDirectory), system);
}
