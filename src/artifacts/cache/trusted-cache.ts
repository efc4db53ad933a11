import type { FileFacts, ReadableSystem } from '../../system/system.ts';

/**
 * Whether nobody but root and this user can have put a built library there. What a library is made of is named by its own manifest, which whoever
 * put it there wrote: so built libraries are taken only from where others cannot. Each directory from `/` down to the entry, and each link on
 * the way, belongs to root or to this user; others can write in none of them but above the entry, where a sticky bit leaves everybody their own.
 * Archives need none of this, because a pinned hash says what they are. Of an entry that is not there yet the directory above it counts as itself.
 */
export async function isTrustedEntry(entry: string, system: ReadableSystem): Promise<boolean> {
  const top = await system.stat('/');
  const owners = new Set([0, system.processOwner().userId]);
  const isTrusted = (facts: FileFacts) =>
    owners.has(facts.userId) && (facts.kind === 'link' || (facts.mode & 0o022) === 0 || (facts.mode & 0o1000) !== 0);
  if (top !== undefined && !isTrusted(top)) return false;
  const names = namesIn(entry);
  let here = '';
  for (let links = 0; names.length > 0; ) {
    const name = names.shift() ?? '';
    if (name === '..') {
      here = here.slice(0, Math.max(0, here.lastIndexOf('/')));
      continue;
    }
    const path = `${here}/${name}`;
    const facts = await system.stat(path);
    if (facts === undefined) break;
    if (!isTrusted(facts)) return false;
    if (facts.kind !== 'link') {
      here = path;
      continue;
    }
    links += 1;
    const target = (await system.readLink(path)) ?? '';
    if (links > mostLinks) return false;
    if (target.startsWith('/')) here = '';
    names.unshift(...namesIn(target));
  }
  // With a sticky bit others can still add names: in the entry, or the entry itself while it is not there.
  return (((await system.stat(here || '/'))?.mode ?? 0) & 0o022) === 0;
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

// Source: Linux path_resolution(7).
const mostLinks = 40;
