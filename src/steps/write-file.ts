import { posix } from 'node:path';
import { sha256OfFile, sha256OfText } from '../artifacts/checksum.ts';
import { findAccount, ownerFor } from '../host/accounts.ts';
import { Secret, type Text } from '../system/secret.ts';
import type { FileFacts, ReadableSystem, System } from '../system/system.ts';
import type { StepDefinition } from './definition.ts';
import { pathTaken } from './path-taken.ts';

export interface WriteFileStep {
  kind: 'write-file';
  /** Its directory exists when the step runs. */
  path: string;
  content: Text;
  /** For content that is no secret: the text of the first of these files that is there goes below it, after this line. */
  below?: { line: string; files: readonly string[] };
  mode: number;
  /** User name; the group is the user's first. Absent: whoever kickstart runs as. */
  owner?: string;
  /** absent: a file that is there is somebody's, and stays as it is. */
  when: 'always' | 'absent';
  /** Where its directory is not there nobody reads the file: then there is nothing to write. */
  ifDirectory?: true;
}

/** What was at `path` before: nothing when neither field is there. */
export interface WriteFileUndo {
  path: string;
  /** The file that was there, kept beside it with its mode and owner. */
  backupPath?: string;
  /** The target of the link that was there. */
  link?: string;
  /** SHA-256 of a file to begin with: one with other content is the work of an administrator by now, and stays. */
  written?: string;
}

/**
 * Writes a whole file. A file that was there is kept beside it, and not in the undo: it may hold what only its owner may read, and any bytes.
 * The name of the backup begins with a dot, because programs that read all files of a directory pass those over.
 */
export const writeFile: StepDefinition<WriteFileStep, WriteFileUndo> = {
  describe: ({ path }) => `Write ${path}`,

  async inspect(given, system) {
    const step = await withBelow(given, system);
    const facts = await system.stat(step.path);
    if (facts === undefined && step.ifDirectory && !(await hasDirectory(step.path, system))) return undefined;
    if (facts === undefined) return { path: step.path, ...beginning(step) };
    if (step.when === 'absent' || (await isAlreadySo(step, facts, system))) return undefined;
    return before(step.path, facts, system);
  },

  async run(step, { system }) {
    const { content } = await withBelow(step, system);
    const owner = await ownerFor(step.owner, system);
    const facts = await system.stat(step.path);
    // Whoever made the file after `inspect` looked is right: it is theirs.
    if (facts !== undefined && step.when === 'absent') return;
    if (facts !== undefined) await keep(await before(step.path, facts, system), facts, system);
    await system.writeFile(step.path, content, { mode: step.mode, owner });
  },

  async undo({ path, backupPath, link, written }, { system, prove }) {
    if (written !== undefined && (await wasChanged(path, written, system)))
      return prove(`Left ${path}: it is not as kickstart wrote it.`);
    if (link !== undefined) return restoreLink(path, link, system);
    if (backupPath === undefined) return system.removeFile(path);
    if ((await system.stat(backupPath)) !== undefined) return system.rename(backupPath, path);
    // The file was not changed yet, or is back already; of its backup there may be a part.
    await system.removeFile(backupPath);
  },
};

async function hasDirectory(path: string, system: ReadableSystem): Promise<boolean> {
  return (await system.stat(posix.dirname(path)))?.kind === 'directory';
}

async function withBelow(step: WriteFileStep, system: ReadableSystem): Promise<WriteFileStep> {
  const { content, below } = step;
  if (below === undefined || content instanceof Secret) return step;
  for (const path of below.files) {
    const text = await system.readFile(path);
    if (text !== undefined) return { ...step, content: `${content.trimEnd()}\n${below.line}\n${text}` };
  }
  return step;
}

// Of a secret not even the sum goes to the receipt.
function beginning({ content, when }: WriteFileStep): Pick<WriteFileUndo, 'written'> {
  return when === 'absent' && !(content instanceof Secret) ? { written: sha256OfText(content) } : {};
}

async function wasChanged(path: string, written: string, system: ReadableSystem): Promise<boolean> {
  const facts = await system.stat(path);
  return facts !== undefined && (facts.kind !== 'file' || (await sha256OfFile(path, system)) !== written);
}

// A secret cannot be compared outside src/system, so it is written again.
async function isAlreadySo(
  { path, content, mode, owner }: WriteFileStep,
  facts: FileFacts,
  system: ReadableSystem,
): Promise<boolean> {
  if (content instanceof Secret || facts.kind !== 'file' || facts.mode !== mode) return false;
  if (!(await belongsTo(owner, facts, system)) || facts.sizeBytes !== Buffer.byteLength(content)) return false;
  return (await system.readFile(path)) === content;
}

async function belongsTo(user: string | undefined, facts: FileFacts, system: ReadableSystem): Promise<boolean> {
  const self = system.processOwner();
  const owner = user === undefined || self.userId !== 0 ? self : await findAccount(user, system);
  return owner?.userId === facts.userId && owner.groupId === facts.groupId;
}

async function before(path: string, facts: FileFacts, system: ReadableSystem): Promise<WriteFileUndo> {
  if (facts.kind === 'link') return { path, link: (await system.readLink(path)) ?? '' };
  if (facts.kind !== 'file') throw pathTaken(path, 'a file');
  return { path, backupPath: await freeBackupPath(path, system) };
}

// An earlier run may have kept the user's own file there, and its undo still needs it.
async function freeBackupPath(path: string, system: ReadableSystem): Promise<string> {
  const name = `${posix.dirname(path)}/.${posix.basename(path)}.before-kickstart`;
  for (let number = 1; ; number++) {
    const backupPath = number === 1 ? name : `${name}-${number}`;
    if ((await system.stat(backupPath)) === undefined) return backupPath;
  }
}

async function keep({ path, backupPath }: WriteFileUndo, facts: FileFacts, system: System): Promise<void> {
  if (backupPath !== undefined) await system.copyFile(path, backupPath, { mode: facts.mode & 0o777, owner: facts, like: facts });
}

async function restoreLink(path: string, link: string, system: System): Promise<void> {
  // A directory that has gone takes nothing back.
  if ((await system.stat(posix.dirname(path))) === undefined) return;
  const facts = await system.stat(path);
  if (facts?.kind === 'link' && (await system.readLink(path)) === link) return;
  await system.removeFile(path);
  await system.createLink(path, link);
}
