import type { FileFacts, ReadableSystem } from '../system/system.ts';
import { isDirectory, pathTaken } from './path-taken.ts';
import { sameBytes } from './same-bytes.ts';

/** One thing of a tree that is not there, or not so, below another directory. */
export interface TreeChange {
  /** Below both trees, without a leading slash. */
  path: string;
  change: 'create' | 'replace';
  /** What it is in the tree, with the mode that it is to have. */
  facts: FileFacts;
}

/**
 * What a tree says of a thing, as it is to be installed: the builder of the tree, who is nobody, must not make a program that runs with the
 * rights of root, who will own it; and nobody but root changes it.
 */
export function asInstalled(facts: FileFacts): FileFacts {
  return { ...facts, mode: facts.mode & 0o755 };
}

interface Place {
  from: string;
  to: string;
  /** Empty at the top; else with a slash at the end. */
  path: string;
}

/**
 * What would change when the tree `from` is laid over the directory `to`: directories before what is in them, by name. Files are the same
 * when bytes and mode are; whose they are does not matter. Throws HOST_PATH_TAKEN where a file would have to become a directory, or a directory a file.
 */
export async function treeDifference(from: string, to: string, system: ReadableSystem): Promise<readonly TreeChange[]> {
  return changesIn({ from, to, path: '' }, system);
}

async function changesIn(place: Place, system: ReadableSystem): Promise<readonly TreeChange[]> {
  const names = (await system.list(`${place.from}/${place.path}`)) ?? [];
  const changes: TreeChange[] = [];
  // One after the other: two open files at a time, however large the tree.
  for (const name of names) changes.push(...(await changesAt({ ...place, path: `${place.path}${name}` }, system)));
  return changes;
}

async function changesAt(place: Place, system: ReadableSystem): Promise<readonly TreeChange[]> {
  const { from, to, path } = place;
  const staged = await system.stat(`${from}/${path}`);
  const there = await system.stat(`${to}/${path}`);
  if (staged === undefined) return [];
  const facts = asInstalled(staged);
  if (facts.kind === 'directory') {
    if (there !== undefined && !(await isDirectory(`${to}/${path}`, system))) throw pathTaken(`${to}/${path}`, 'a directory');
    const inside = await changesIn({ ...place, path: `${path}/` }, system);
    return there === undefined ? [{ path, change: 'create', facts }, ...inside] : inside;
  }
  if (there === undefined) return [{ path, change: 'create', facts }];
  if (there.kind === 'directory' || there.kind === 'other') throw pathTaken(`${to}/${path}`, 'a file');
  return (await isSame(place, facts, there, system)) ? [] : [{ path, change: 'replace', facts }];
}

async function isSame({ from, to, path }: Place, facts: FileFacts, there: FileFacts, system: ReadableSystem): Promise<boolean> {
  if (facts.kind !== there.kind) return false;
  if (facts.kind === 'link') return (await system.readLink(`${from}/${path}`)) === (await system.readLink(`${to}/${path}`));
  if (facts.mode !== there.mode || facts.sizeBytes !== there.sizeBytes) return false;
  return sameBytes(system.readBytes(`${from}/${path}`), system.readBytes(`${to}/${path}`));
}
