import { join } from 'node:path';
import type { ReadableSystem } from '../../system/system.ts';
import { sha256OfFile } from '../checksum.ts';
import { damageOf } from './built-library.ts';
import type { CacheEntryFacts } from './cache-contents.ts';

/** Reads all of an entry. What is wrong with it in one sentence; undefined when it is what its name and its manifest say. */
export async function damageOfEntry(entry: CacheEntryFacts, system: ReadableSystem): Promise<string | undefined> {
  if (entry.kind === 'library') return damageOf(entry.path, system);
  for (const name of entry.fileNames) {
    const path = join(entry.path, name);
    if ((await system.stat(path))?.kind !== 'file') return `${name} is no regular file.`;
    if ((await sha256OfFile(path, system)) !== entry.sha256) return `${name} is not what it was.`;
  }
  return undefined;
}
