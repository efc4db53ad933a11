import type { FileFacts, ReadableSystem } from './system.ts';

/** A directory, link or file, and what decides who can change it. */
export interface Place extends Pick<FileFacts, 'userId' | 'groupId' | 'mode' | 'kind'> {
  path: string;
}

export interface WayIn {
  /** The first place on the way, or at its end, that others can change or replace. Absent: nobody but root and this user decides what is there. */
  foreign?: Place;
  /** How far the way goes: the last place that is there, without links in it. */
  reached: Place;
}

/**
 * Walks to `path` name by name from `/`, links followed, and looks who else can change what is found there. A place that only root and this user
 * can change, reached through such places, stays what it is: so what is seen here is still true when the path is used.
 */
export async function wayIn(path: string, system: Pick<ReadableSystem, 'stat' | 'readLink' | 'processOwner'>): Promise<WayIn> {
  const top = await system.stat('/');
  const { userId } = system.processOwner();
  const owners = new Set([...rootsNumbers(top?.userId), userId]);
  let reached: Place = { path: '/', ...(top ?? { userId: 0, groupId: 0, mode: 0o755, kind: 'directory' as const }) };
  if (isChangedByOthers(reached, owners)) return { foreign: reached, reached };
  const names = namesIn(path);
  let here = '';
  for (let links = 0; names.length > 0; ) {
    const name = names.shift() ?? '';
    if (name === '..') {
      here = here.slice(0, Math.max(0, here.lastIndexOf('/')));
      continue;
    }
    const next = `${here}/${name}`;
    const facts = await system.stat(next);
    if (facts === undefined) return { reached };
    const place = { path: next, ...facts };
    if (isChangedByOthers(place, owners)) return { foreign: place, reached: place };
    if (facts.kind !== 'link') {
      reached = place;
      here = next;
      continue;
    }
    links += 1;
    if (links > mostLinks) return { foreign: place, reached: place };
    const target = (await system.readLink(next)) ?? '';
    if (target.startsWith('/')) here = '';
    names.unshift(...namesIn(target));
  }
  return { reached };
}

/**
 * The group's right to write is also what any entry of an access control list can have at most, so a list needs no look of its own. The group 0 is
 * root's. In a directory with a sticky bit others can change only what is theirs, and its entries are looked at one by one. Source: acl(5), unlink(2).
 */
export function isChangedByOthers({ userId, groupId, mode, kind }: Omit<Place, 'path'>, owners: ReadonlySet<number>): boolean {
  if (!owners.has(userId)) return true;
  if (kind === 'link' || (kind === 'directory' && (mode & 0o1000) !== 0)) return false;
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && groupId !== 0);
}

/** Root's own, and in a user namespace that root is not in, the number that stands for whoever is not: `/` has it. Source: user_namespaces(7). */
export function rootsNumbers(ownerOfTop: number | undefined): ReadonlySet<number> {
  return new Set(ownerOfTop === overflowUserId ? [0, overflowUserId] : [0]);
}

/** Who else can change what is there, as a sentence. */
export function foreignSentence({ path, userId, groupId, mode, kind }: Place, nameOf = numberOf): string {
  if ((mode & 0o002) !== 0 && kind !== 'link') return `Everybody can write ${path}.`;
  const isOfGroup = (mode & 0o020) !== 0 && groupId !== 0 && userId === 0;
  if (isOfGroup && kind !== 'link') return `The group with the number ${groupId} can write ${path}.`;
  return `${path} belongs to ${nameOf(userId)}.`;
}

function numberOf(userId: number): string {
  return `the user with the number ${userId}`;
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

const overflowUserId = 65_534;
// Source: Linux path_resolution(7).
const mostLinks = 40;
