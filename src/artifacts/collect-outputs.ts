import { dirname, join } from 'node:path';
import { KickstartError } from '../errors.ts';
import type { Owner, ReadableSystem, System } from '../system/system.ts';
import type { CatalogRow, LibraryOutput } from './catalog.ts';
import { createDirectories } from './directories.ts';

export interface BuildOutputs {
  trees: Readonly<Record<LibraryOutput['tree'], string>>;
  /** Where they are taken to, laid out as externaldeps/. */
  files: string;
  /** Whose the trees are, when not of whoever runs kickstart. */
  builder?: Owner;
}

/**
 * Takes what a build left to the places that the agent's build expects, as files of whoever runs kickstart. The trees may be another user's:
 * no link is followed out of its directory, and nothing is taken that is not that user's alone. Throws BUILD_DEPENDENCY_FAILED for what is not
 * there, or not the builder's.
 */
export async function collectOutputs(row: CatalogRow, { trees, files, builder }: BuildOutputs, system: System): Promise<void> {
  for (const output of row.outputs) {
    const { tree, from, to, endings } = output;
    const found = await firstThere(trees[tree], from, system);
    if (found === undefined) throw missingOutput(row, output);
    const wanted = {
      ...(endings === undefined ? {} : { endings }),
      ...(builder === undefined ? {} : { onlyOf: builder.userId }),
    };
    try {
      await copyAll(join(trees[tree], found), join(files, to), wanted, system);
    } catch (error) {
      throw isNotPermitted(error) ? foreignOutput(row, found, error) : error;
    }
  }
}

interface Wanted {
  /** Of the regular files in a directory. Default: all. */
  endings?: readonly string[];
  /** The user whose alone each file must be, else EPERM. */
  onlyOf?: number;
}

/** Copies a file or a directory; every file is on the disk when this returns. */
export async function copyAll(from: string, to: string, wanted: Wanted, system: System): Promise<void> {
  const { endings = [''], ...only } = wanted;
  const facts = await system.stat(from);
  if (facts?.kind !== 'directory') {
    await createDirectories(dirname(to), 0o755, system);
    return system.copyFile(from, to, { mode: ((facts?.mode ?? 0) & 0o111) === 0 ? 0o644 : 0o755, ...only });
  }
  for (const name of (await system.list(from)) ?? []) {
    const kind = (await system.stat(join(from, name)))?.kind;
    const isWanted = kind === 'file' && endings.some((ending) => name.endsWith(ending));
    if (kind === 'directory' || isWanted) await copyAll(join(from, name), join(to, name), wanted, system);
  }
}

async function firstThere(tree: string, candidates: readonly string[], system: ReadableSystem): Promise<string | undefined> {
  for (const candidate of candidates) {
    const found = await withoutLinks(tree, candidate, system);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A path below the tree that goes through directories only; a last name that is a link to another name beside it becomes that name. */
async function withoutLinks(tree: string, path: string, system: ReadableSystem): Promise<string | undefined> {
  const names = path.split('/');
  for (const index of names.keys()) {
    const here = names.slice(0, index + 1).join('/');
    const kind = (await system.stat(join(tree, here)))?.kind;
    if (kind === 'directory') continue;
    if (index < names.length - 1) return undefined;
    if (kind === 'file') return path;
    const target = kind === 'link' ? await system.readLink(join(tree, here)) : undefined;
    if (target === undefined || target.includes('/')) return undefined;
    const beside = join(dirname(path), target);
    return (await system.stat(join(tree, beside)))?.kind === 'file' ? beside : undefined;
  }
  return path;
}

function isNotPermitted(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'EPERM';
}

function foreignOutput({ name }: CatalogRow, output: string, cause: Error): KickstartError {
  return new KickstartError('BUILD_DEPENDENCY_FAILED', {
    what: `Failed to build ${name}: its build left what is not its own at ${output}.`,
    why: `A file there belongs to another user, or has a second name (a hard link): what only root may read could get out like that. ${cause.message}`,
    next: 'No build of this library does that. Look at its sources, and at who else works on this machine, before you run kickstart again.',
    cause,
  });
}

function missingOutput({ name }: CatalogRow, { from, tree }: LibraryOutput): KickstartError {
  return new KickstartError('BUILD_DEPENDENCY_FAILED', {
    what: `Failed to build ${name}: its build left no ${from.join(' or ')}.`,
    why: `It ended without an error, and what the agent needs of it is not where it should be (${tree}).`,
    next: 'The archive may be another version than its name says. Report this with the log of the build.',
  });
}
