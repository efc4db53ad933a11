import { posix } from 'node:path';
import { findAccount } from '../host/accounts.ts';
import { changedByOthers } from '../host/changed-by-others.ts';
import type { TreeRights } from '../host/installed-result.ts';
import type { CopiedFile, FileFacts, ReadableSystem, System } from '../system/system.ts';
import { attemptAll } from './attempt-all.ts';
import type { StepDefinition } from './definition.ts';
import { capabilitiesOf, setCapabilities } from './file-capabilities.ts';
import { isDirectory, pathTaken } from './path-taken.ts';
import { asInstalled, setuidMode, type TreeChange, type TreeInstall, treeDifference } from './tree-difference.ts';

export interface InstallTreeStep {
  kind: 'install-tree';
  /** What the tree is of, for who reads the plan. Default: the agent. */
  of?: 'kickstart';
  /** The staged tree: what `make install` made below DESTDIR, with the root in it. Exists when the step is looked at. */
  from: string;
  /** Where its top goes: the agent's root; the empty string for the system. */
  to: string;
  /** Keeps what is replaced. Its own for this step of this run; the undo also takes the directory above it, when nothing is left in that. */
  backupDirectory: string;
  /** What is to be like what; the paths are below `to`. */
  rights: TreeRights;
  /** User name: whose group the rights mean. */
  groupOf: string;
}

export interface InstallTreeUndo {
  to: string;
  backupDirectory: string;
  /** Relative to `to`; directories before what is in them. */
  created: readonly string[];
  replaced: readonly string[];
  /** Of replaced files, by path: the backup is a copy, and has none. */
  capabilities?: Readonly<Record<string, string>>;
}

/**
 * Lays a staged tree over a directory. Each file is either the old or the new one at any time; the old one is on disk at its backup before.
 * Directories that are there keep their mode, and files that are not in the tree are never touched. No setuid, setgid or sticky bit comes from the
 * tree, and only the owner can write what does: rights come from the step alone, when a file is whole and in its place, and only where nobody but
 * root can change it. The undo gives back the modes and capabilities that were there.
 */
export const installTree: StepDefinition<InstallTreeStep, InstallTreeUndo> = {
  describe: ({ of = 'the agent', to }) => `Install the files of ${of} at ${to || '/'}`,

  async inspect(step, system) {
    const { to, backupDirectory } = step;
    const changes = await differenceAt(step, await installAt(step, system), system);
    if (changes.length === 0) return undefined;
    const pathsOf = (wanted: TreeChange['change']) => changes.filter(({ change }) => change === wanted).map(({ path }) => path);
    const replaced = pathsOf('replace');
    const capabilities = await capabilitiesIn(to, replaced, system);
    return { to, backupDirectory, created: pathsOf('create'), replaced, ...(capabilities && { capabilities }) };
  },

  async run(step, { system, signal, progress, warn }) {
    const { from, to, backupDirectory } = step;
    const how = await installAt(step, system);
    const changes = await differenceAt(step, how, system);
    for (const [index, change] of changes.entries()) {
      signal.throwIfAborted();
      const { path } = change;
      if (change.change === 'replace') await keep(path, { to, backupDirectory }, system);
      const withheld = await install(`${from}/${path}`, joined(to, path), change, system);
      if (withheld !== undefined) warn(withheld);
      progress(`${index + 1} of ${changes.length} files`);
    }
    if (!how.special && system.processOwner().userId === 0)
      warn(`Others than root can change ${to || '/'}: no plugin there gets more rights than the agent has.`);
  },

  async undo({ to, backupDirectory, created, replaced, capabilities = {} }, { system }) {
    const works = [
      ...created.toReversed().map((path) => () => removeCreated(joined(to, path), system)),
      ...replaced.map((path) => () => restore(path, { to, backupDirectory }, capabilities[path], system)),
    ];
    // The backups stay as long as one is needed.
    await attemptAll(works, (work) => work());
    await system.removeTree(backupDirectory);
    await system.removeEmptyDirectory(posix.dirname(backupDirectory));
  },
};

async function installAt({ to, rights, groupOf }: InstallTreeStep, system: ReadableSystem): Promise<TreeInstall> {
  if (system.processOwner().userId !== 0) return { rights, special: false };
  const account = await findAccount(groupOf, system);
  const special = (await changedByOthers(to || '/', system)) === undefined;
  return { rights, special, ...(account && { groupId: account.groupId }) };
}

/** Rights are given last: nobody can start what is not whole. Returns a sentence where they are not given, because another file may be at the path by then. */
async function install(
  from: string,
  to: string,
  { facts, capabilities }: TreeChange,
  system: System,
): Promise<string | undefined> {
  const self = system.processOwner();
  const owner = self.userId === 0 ? { userId: 0, groupId: facts.groupId } : self;
  await copyEntry(from, to, { ...facts, mode: facts.mode & 0o777, owner }, system);
  if (capabilities === undefined && facts.mode <= 0o777) return undefined;
  const place = await changedByOthers(to, system);
  if (place !== undefined) return `${to} gets no more rights than the agent has. ${place.says}`;
  if (capabilities !== undefined && !(await setCapabilities(to, capabilities, system))) await system.setMode(to, setuidMode);
  else if (facts.mode > 0o777) await system.setMode(to, facts.mode);
  return undefined;
}

async function capabilitiesIn(to: string, paths: readonly string[], system: ReadableSystem) {
  const found: Record<string, string> = {};
  for (const path of paths.filter(mayHaveCapabilities)) {
    const words = await capabilitiesOf(`${to}/${path}`, system);
    if (words !== '') found[path] = words;
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

// One call for each of a thousand files would take seconds; an agent's plugins are the only ones that are given any.
function mayHaveCapabilities(path: string): boolean {
  return path.includes('/plugins.d/');
}

/** The top itself is a change too, with an empty path, when it is not there. */
async function differenceAt(
  { from, to }: InstallTreeStep,
  how: TreeInstall,
  system: ReadableSystem,
): Promise<readonly TreeChange[]> {
  const top = await system.stat(from);
  if (top?.kind !== 'directory') throw pathTaken(from, 'a directory');
  const changes = await treeDifference(from, to, how, system);
  return (await system.stat(to || '/')) === undefined
    ? [{ ...asInstalled('', top, how), change: 'create' }, ...changes]
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
  // The mode is for this file, and no other one gets it.
  await copyEntry(`${to}/${path}`, backup, { ...facts, owner: facts, like: facts }, system);
}

// Nobody else may enter: what is kept may be readable for its owner only, or run with its owner's rights.
async function createDirectories(directory: string, top: string, system: System): Promise<void> {
  if (directory !== top) await createDirectories(posix.dirname(directory), top, system);
  await system.createDirectory(directory, { mode: 0o700 });
}

async function restore(
  path: string,
  { to, backupDirectory }: Pick<InstallTreeUndo, 'to' | 'backupDirectory'>,
  capabilities: string | undefined,
  system: System,
) {
  const backup = `${backupDirectory}/${path}`;
  const facts = await system.stat(backup);
  // Without a backup the file was not replaced yet, or is back already; without its directory there is nothing to give it back to.
  if (facts === undefined || !(await isDirectory(posix.dirname(`${to}/${path}`), system))) return;
  await copyEntry(backup, `${to}/${path}`, { ...facts, owner: facts }, system);
  // setcap goes by the path, and others could put a program of theirs there first.
  if (capabilities !== undefined && (await changedByOthers(`${to}/${path}`, system)) === undefined)
    await setCapabilities(`${to}/${path}`, [capabilities], system);
}

async function removeCreated(path: string, system: System): Promise<void> {
  const facts = await system.stat(path);
  if (facts?.kind === 'directory') await system.removeEmptyDirectory(path);
  else await system.removeFile(path);
}

async function copyEntry(from: string, to: string, entry: Pick<FileFacts, 'kind'> & CopiedFile, system: System): Promise<void> {
  if (entry.kind === 'directory') return system.createDirectory(to, entry);
  if (entry.kind === 'file') return system.copyFile(from, to, entry);
  if (entry.kind === 'other') throw pathTaken(from, 'a file');
  const target = (await system.readLink(from)) ?? '';
  // Not in one moment, as a file is; the backup has what was there.
  await system.removeFile(to);
  await system.createLink(to, target);
}
