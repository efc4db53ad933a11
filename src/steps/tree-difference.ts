import { rowFor, type TreeRights } from '../host/installed-result.ts';
import type { FileFacts, ReadableSystem } from '../system/system.ts';
import { capabilitiesOf, isOneOf } from './file-capabilities.ts';
import { isDirectory, pathTaken } from './path-taken.ts';
import { sameBytes } from './same-bytes.ts';

/** One thing of a tree that is not there, or not so, below another directory. */
export interface TreeChange {
  /** Below both trees, without a leading slash. */
  path: string;
  change: 'create' | 'replace';
  /** What it is in the tree, with the mode and the owner that it is to have. */
  facts: FileFacts;
  /** What setcap is told of it. */
  capabilities?: readonly string[];
}

/** How a tree is to be installed. */
export interface TreeInstall {
  rights: TreeRights;
  /** The number of the agent's group. Absent: there is none, and root's has to do. */
  groupId?: number;
  /** false: others than root could change what is installed, so nothing of it may run with the rights of root. */
  special: boolean;
}

/** Where setcap cannot give a file what it is to have. */
export const setuidMode = 0o4750;

/**
 * What a thing of a tree is to be like: the builder of the tree, who is nobody, must not make a program that runs with the rights of root, who will
 * own it; only the table of rights can. And nobody but root changes it.
 */
export function asInstalled(
  path: string,
  facts: FileFacts,
  { rights, groupId, special }: TreeInstall,
): Omit<TreeChange, 'change'> {
  const right = rowFor(path, facts.kind, rights);
  if (right === undefined) return { path, facts: { ...facts, mode: facts.mode & 0o755, groupId: 0 } };
  const wanted = {
    ...facts,
    mode: special ? right.mode : right.mode & 0o777,
    groupId: right.group === undefined ? 0 : (groupId ?? 0),
  };
  return { path, facts: wanted, ...(special && right.capabilities && { capabilities: right.capabilities }) };
}

interface Place {
  from: string;
  to: string;
  how: TreeInstall;
  /** Empty at the top; else with a slash at the end. */
  path: string;
}

/**
 * What would change when the tree `from` is laid over the directory `to`: directories before what is in them, by name. Files are the same
 * when bytes, mode, group and capabilities are. Throws HOST_PATH_TAKEN where a file would have to become a directory, or a directory a file.
 */
export async function treeDifference(
  from: string,
  to: string,
  how: TreeInstall,
  system: ReadableSystem,
): Promise<readonly TreeChange[]> {
  return changesIn({ from, to, how, path: '' }, system);
}

async function changesIn(place: Place, system: ReadableSystem): Promise<readonly TreeChange[]> {
  const names = (await system.list(`${place.from}/${place.path}`)) ?? [];
  const changes: TreeChange[] = [];
  // One after the other: two open files at a time, however large the tree.
  for (const name of names) changes.push(...(await changesAt({ ...place, path: `${place.path}${name}` }, system)));
  return changes;
}

async function changesAt(place: Place, system: ReadableSystem): Promise<readonly TreeChange[]> {
  const { from, to, how, path } = place;
  const staged = await system.stat(`${from}/${path}`);
  const there = await system.stat(`${to}/${path}`);
  if (staged === undefined) return [];
  const wanted = asInstalled(path, staged, how);
  const { facts } = wanted;
  if (facts.kind === 'directory') {
    if (there !== undefined && !(await isDirectory(`${to}/${path}`, system))) throw pathTaken(`${to}/${path}`, 'a directory');
    const inside = await changesIn({ ...place, path: `${path}/` }, system);
    return there === undefined ? [{ ...wanted, change: 'create' }, ...inside] : inside;
  }
  if (there === undefined) return [{ ...wanted, change: 'create' }];
  if (there.kind === 'directory' || there.kind === 'other') throw pathTaken(`${to}/${path}`, 'a file');
  return (await isSame(place, wanted, there, system)) ? [] : [{ ...wanted, change: 'replace' }];
}

async function isSame(
  { from, to, path }: Place,
  { facts, capabilities }: Omit<TreeChange, 'change'>,
  there: FileFacts,
  system: ReadableSystem,
): Promise<boolean> {
  if (facts.kind !== there.kind) return false;
  if (facts.kind === 'link') return (await system.readLink(`${from}/${path}`)) === (await system.readLink(`${to}/${path}`));
  if (facts.sizeBytes !== there.sizeBytes) return false;
  if (system.processOwner().userId === 0 && facts.groupId !== there.groupId) return false;
  const hasItsMode = facts.mode === there.mode || (capabilities !== undefined && there.mode === setuidMode);
  if (!hasItsMode) return false;
  if (capabilities !== undefined && there.mode !== setuidMode) {
    if (!isOneOf(await capabilitiesOf(`${to}/${path}`, system), capabilities)) return false;
  }
  return sameBytes(system.readBytes(`${from}/${path}`), system.readBytes(`${to}/${path}`));
}
