import { dirname, join } from 'node:path';
import { KickstartError } from '../errors.ts';
import type { ReadableSystem, System } from '../system/system.ts';
import type { CatalogRow, LibraryOutput } from './catalog.ts';
import { createDirectories } from './directories.ts';

export type OutputTrees = Readonly<Record<LibraryOutput['tree'], string>>;

/**
 * Takes what a build left to the places that the agent's build expects, as files of whoever runs kickstart. The trees may be another user's:
 * no link is followed out of its directory. Throws BUILD_DEPENDENCY_FAILED for what is not there.
 */
export async function collectOutputs(row: CatalogRow, trees: OutputTrees, files: string, system: System): Promise<void> {
  for (const output of row.outputs) {
    const { tree, from, to, endings } = output;
    const found = await firstThere(trees[tree], from, system);
    if (found === undefined) throw missingOutput(row, output);
    await copyAll(join(trees[tree], found), join(files, to), endings ?? [''], system);
  }
}

/** Copies a file or a directory; every file is on the disk when this returns. Of a directory only the regular files with these endings. */
export async function copyAll(from: string, to: string, endings: readonly string[], system: System): Promise<void> {
  const facts = await system.stat(from);
  if (facts?.kind !== 'directory') {
    await createDirectories(dirname(to), 0o755, system);
    return system.copyFile(from, to, { mode: ((facts?.mode ?? 0) & 0o111) === 0 ? 0o644 : 0o755 });
  }
  for (const name of (await system.list(from)) ?? []) {
    const kind = (await system.stat(join(from, name)))?.kind;
    const isWanted = kind === 'file' && endings.some((ending) => name.endsWith(ending));
    if (kind === 'directory' || isWanted) await copyAll(join(from, name), join(to, name), endings, system);
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

function missingOutput({ name }: CatalogRow, { from, tree }: LibraryOutput): KickstartError {
  return new KickstartError('BUILD_DEPENDENCY_FAILED', {
    what: `Failed to build ${name}: its build left no ${from.join(' or ')}.`,
    why: `It ended without an error, and what the agent needs of it is not where it should be (${tree}).`,
    next: 'The archive may be another version than its name says. Report this with the log of the build.',
  });
}
