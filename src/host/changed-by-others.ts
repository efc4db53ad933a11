import type { ReadableSystem } from '../system/system.ts';
import { foreignSentence, wayIn } from '../system/way-in.ts';
import { userNameOf } from './privileges.ts';

/** Where others than root decide what is there. */
export interface OthersPlace {
  path: string;
  /** "/home/ann belongs to ann." */
  says: string;
  /** To whom it belongs, when that is not root. */
  user?: string;
}

/**
 * The first place on the way to the path, or at its end, that others than root can change: what is there is no order to root, and nothing that root
 * runs. Undefined when root alone can, and for other users, who have no more rights than what they use.
 */
export async function changedByOthers(path: string, system: ReadableSystem): Promise<OthersPlace | undefined> {
  if (system.processOwner().userId !== 0) return undefined;
  const { foreign } = await wayIn(path, system);
  if (foreign === undefined) return undefined;
  const user = foreign.userId === 0 ? undefined : await userNameOf(foreign.userId, system);
  const says = foreignSentence(foreign, user === undefined ? undefined : () => user);
  return { path: foreign.path, says, ...(user === undefined ? {} : { user }) };
}

/** Of root's PATH the directories that nobody else can put programs into; all of it for other users. */
export async function ownSearchPath(searchPath: readonly string[], system: ReadableSystem): Promise<readonly string[]> {
  if (system.processOwner().userId !== 0) return searchPath;
  const ways = await Promise.all(searchPath.map((directory) => wayIn(directory, system)));
  return searchPath.filter((_, index) => {
    const { foreign, reached: { mode } = { mode: 0 } } = ways[index] ?? {};
    // With a sticky bit others can still add names.
    return foreign === undefined && ((mode & 0o1000) === 0 || (mode & 0o022) === 0);
  });
}
