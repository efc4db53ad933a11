import type { ReadableSystem } from '../../system/system.ts';
import { wayIn } from '../../system/way-in.ts';

/**
 * Whether nobody but root and this user can have put a built library there. What a library is made of is named by its own manifest, which whoever
 * put it there wrote: so built libraries are taken only from where others cannot. Archives need none of this, because a pinned hash says what they
 * are. Of an entry that is not there yet the directory above it counts as itself.
 */
export async function isTrustedEntry(entry: string, system: ReadableSystem): Promise<boolean> {
  const { foreign, reached } = await wayIn(entry, system);
  // With a sticky bit others can still add names: in the entry, or the entry itself while it is not there.
  return foreign === undefined && (reached.mode & 0o022) === 0;
}
