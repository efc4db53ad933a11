import { posix } from 'node:path';
import { KickstartError } from '../errors.ts';
import { ownerFor } from '../host/accounts.ts';
import { removeShared, sharedMode } from '../system/shared-directory.ts';
import type { FileFacts, ReadableSystem } from '../system/system.ts';
import type { StepDefinition, UndoContext } from './definition.ts';
import { isDirectory, pathTaken } from './path-taken.ts';

export interface CreateDirectoryStep {
  kind: 'create-directory';
  path: string;
  mode: number;
  /** User name; the group is the user's first. Absent: whoever kickstart runs as. */
  owner?: string;
  /** The group is kickstart's own instead. */
  ownGroup?: true;
  /** What the undo does with files in it: `ours` go with it, others stay, and so does the directory then. */
  contents: 'keep' | 'ours';
  /** The directory above it is for the runs of all installs: when it has to be made, the last of these to end takes it away. */
  sharedParent?: true;
}

export interface CreateDirectoryUndo {
  /** Directories that were not there, each above the next; the last is the one that the step is for. */
  created: readonly string[];
  contents: 'keep' | 'ours';
  /** The directory above, when it is shared. */
  shared?: string;
}

/** Creates a directory, and those above it that are missing (0755). */
export const createDirectory: StepDefinition<CreateDirectoryStep, CreateDirectoryUndo> = {
  describe: ({ path }) => `Create directory ${path}`,

  // A directory that is there is already so, whatever its mode and owner: an administrator chose them, or the program that works in it.
  async inspect({ path, contents, sharedParent }, system) {
    const created = await missingDirectories(path, system);
    if (created.length === 0) return undefined;
    return { created, contents, ...(sharedParent && { shared: posix.dirname(path) }) };
  },

  async run({ path, mode, owner, ownGroup, sharedParent }, { system }) {
    const missing = await missingDirectories(path, system);
    for (const directory of missing.filter((directory) => directory !== path))
      await system.createDirectory(directory, {
        mode: sharedParent && directory === posix.dirname(path) ? sharedMode : 0o755,
      });
    if (missing.length === 0) return;
    const { userId, groupId } = await ownerFor(owner, system);
    const { groupId: own } = system.processOwner();
    await system.createDirectory(path, { mode, owner: { userId, groupId: ownGroup ? own : groupId } });
  },

  async undo({ created, contents, shared }, { system, leave, unfinished }) {
    await removeAll({ created, contents }, { system, leave, unfinished });
    // Another run may have made it, and have ended before this one.
    if (shared !== undefined) await removeShared(shared, system);
  },
};

async function removeAll(
  { created, contents }: Pick<CreateDirectoryUndo, 'created' | 'contents'>,
  { system, leave, unfinished }: Pick<UndoContext, 'system' | 'leave' | 'unfinished'>,
): Promise<void> {
  for (const directory of created.toReversed()) {
    const facts = await system.stat(directory);
    if (facts === undefined) continue;
    const inside = unfinished(directory);
    if (inside !== undefined) throw stays(directory, inside);
    if (facts.kind !== 'directory') return leaveOther(directory, facts, { system, leave });
    if (contents === 'ours' && directory === created.at(-1)) await system.removeTree(directory);
    else if (!(await system.removeEmptyDirectory(directory))) {
      if (directory === created.at(-1)) leave(`Left ${directory}: there is something in it.`);
      return;
    }
  }
}

/** Somebody put something else in its place. An administrator's is theirs; a link of others hides where the directory is, which the receipt remembers. */
function leaveOther(path: string, facts: FileFacts, { system, leave }: Pick<UndoContext, 'system' | 'leave'>): void {
  if (facts.kind === 'link' && facts.userId !== system.processOwner().userId) throw pathTaken(path, 'a directory');
  leave(`Left ${path}: it is not the directory that kickstart made.`);
}

function stays(directory: string, inside: string): KickstartError {
  return new KickstartError('UNDO_INCOMPLETE', {
    what: `${directory} stays as it is.`,
    why: `What was changed at ${inside} could not be taken back, and that needs the directory.`,
    next: 'Remove the cause of that, then run kickstart uninstall: the receipt still has what is left.',
  });
}

/** `path` and the directories above it that are not there, uppermost first. Throws HOST_PATH_TAKEN. */
async function missingDirectories(path: string, system: ReadableSystem): Promise<readonly string[]> {
  if (await isDirectory(path, system)) return [];
  if ((await system.stat(path)) !== undefined) throw pathTaken(path, 'a directory');
  return [...(await missingDirectories(posix.dirname(path), system)), path];
}
