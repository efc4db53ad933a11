import type { ReadableSystem } from '../system/system.ts';
import { canonicalPath, directoryOf, statIfAllowed } from './allowed-reads.ts';

export interface Prefix {
  /** The nearest path at or above the root that exists. */
  prefixNearest: string;
  /** Whether it is a directory that this user can write, on a file system that can be written. */
  prefixWritable: boolean;
}

/** For an install into the system, whose root is the empty string, /usr is asked: it is what immutable systems lock, and / tells nothing. */
export async function readPrefix(root: string, system: ReadableSystem): Promise<Prefix> {
  const prefixNearest = await nearest(root === '' ? '/usr' : root, system);
  const target = await statIfAllowed(await canonicalPath(prefixNearest, system), system);
  return { prefixNearest, prefixWritable: target?.kind === 'directory' && (await system.canWrite(prefixNearest)) };
}

async function nearest(path: string, system: ReadableSystem): Promise<string> {
  if (path === '') return '/';
  return (await statIfAllowed(path, system)) ? path : nearest(directoryOf(path), system);
}
