import { posix } from 'node:path';
import type { FileFacts, NewFile, System } from '../system/system.ts';
import { attemptAll } from './attempt-all.ts';
import type { StepDefinition } from './definition.ts';
import { isDirectory, pathTaken } from './path-taken.ts';
import { asInstalled, type TreeChange, treeDifference } from './tree-difference.ts';

export interface InstallTreeStep {
  kind: 'install-tree';
  /** The staged tree: what `make install` made below DESTDIR, with the root in it. Exists when the step is looked at. */
  from: string;
  /** Where its top goes: the agent's root; the empty string for the system. */
  to: string;
  /** Keeps what is replaced. Its own for this step of this run; the undo also takes the directory above it, when nothing is left in that. */
  backupDirectory: string;
}

export interface InstallTreeUndo {
  to: string;
  backupDirectory: string;
  /** Relative to `to`; directories before what is in them. */
  created: readonly string[];
  replaced: readonly string[];
}

/**
 * Lays a staged tree over a directory. Each file is either the old or the new one at any time; the old one is on disk at its backup before.
 * Directories that are there keep their mode, and files that are not in the tree are never touched. No setuid, setgid or sticky bit comes from the
 * tree, and only the owner can write what does; the undo gives back the modes that were there.
 */
export const installTree: StepDefinition<InstallTreeStep, InstallTreeUndo> = {
  describe: ({ to }) => `Install the files of the agent at ${to || '/'}`,

  async inspect({ from, to, backupDirectory }, system) {
    const changes = await differenceAt(from, to, system);
    if (changes.length === 0) return undefined;
    const pathsOf = (wanted: TreeChange['change']) => changes.filter(({ change }) => change === wanted).map(({ path }) => path);
    return { to, backupDirectory, created: pathsOf('create'), replaced: pathsOf('replace') };
  },

  async run({ from, to, backupDirectory }, { system, signal, progress }) {
    const changes = await differenceAt(from, to, system);
    for (const [index, { path, change, facts }] of changes.entries()) {
      signal.throwIfAborted();
      if (change === 'replace') await keep(path, { to, backupDirectory }, system);
      await copyEntry(`${from}/${path}`, joined(to, path), { ...facts, owner: system.processOwner() }, system);
      progress(`${index + 1} of ${changes.length} files`);
    }
  },

  async undo({ to, backupDirectory, created, replaced }, { system }) {
    const works = [
      ...created.toReversed().map((path) => () => removeCreated(joined(to, path), system)),
      ...replaced.map((path) => () => restore(path, { to, backupDirectory }, system)),
    ];
    // The backups stay as long as one is needed.
    await attemptAll(works, (work) => work());
    await system.removeTree(backupDirectory);
    await system.removeEmptyDirectory(posix.dirname(backupDirectory));
  },
};

/** The top itself is a change too, with an empty path, when it is not there. */
async function differenceAt(
  from: string,
  to: string,
  system: Parameters<typeof treeDifference>[2],
): Promise<readonly TreeChange[]> {
  const top = await system.stat(from);
  if (top?.kind !== 'directory') throw pathTaken(from, 'a directory');
  const changes = await treeDifference(from, to, system);
  return (await system.stat(to || '/')) === undefined
    ? [{ path: '', change: 'create', facts: asInstalled(top) }, ...changes]
    : changes;
}

function joined(to: string, path: string): string {
  return path === '' ? to : `${to}/${path}`;
}

async function keep(path: string, { to, backupDirectory }: Pick<InstallTreeUndo, 'to' | 'backupDirectory'>, system: System) {
  const facts = await system.stat(`${to}/${path}`);
  if (facts === undefined) return;
  const backup = `${backupDirectory}/${path}`;
  await createDirectories(posix.dirname(backup), posix.dirname(backupDirectory), system);
  await copyEntry(`${to}/${path}`, backup, { ...facts, owner: facts }, system);
}

// Nobody else may enter: what is kept may be readable for its owner only, or run with its owner's rights.
async function createDirectories(directory: string, top: string, system: System): Promise<void> {
  if (directory !== top) await createDirectories(posix.dirname(directory), top, system);
  await system.createDirectory(directory, { mode: 0o700 });
}

async function restore(path: string, { to, backupDirectory }: Pick<InstallTreeUndo, 'to' | 'backupDirectory'>, system: System) {
  const backup = `${backupDirectory}/${path}`;
  const facts = await system.stat(backup);
  // Without a backup the file was not replaced yet, or is back already; without its directory there is nothing to give it back to.
  if (facts !== undefined && (await isDirectory(posix.dirname(`${to}/${path}`), system)))
    await copyEntry(backup, `${to}/${path}`, { ...facts, owner: facts }, system);
}

async function removeCreated(path: string, system: System): Promise<void> {
  const facts = await system.stat(path);
  if (facts?.kind === 'directory') await system.removeEmptyDirectory(path);
  else await system.removeFile(path);
}

async function copyEntry(from: string, to: string, entry: Pick<FileFacts, 'kind'> & NewFile, system: System): Promise<void> {
  if (entry.kind === 'directory') return system.createDirectory(to, entry);
  if (entry.kind === 'file') return system.copyFile(from, to, entry);
  if (entry.kind === 'other') throw pathTaken(from, 'a file');
  const target = (await system.readLink(from)) ?? '';
  // Not in one moment, as a file is; the backup has what was there.
  await system.removeFile(to);
  await system.createLink(to, target);
}
