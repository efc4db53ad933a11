import type { ReadableSystem } from '../system/system.ts';
import { foreignSentence, wayIn } from '../system/way-in.ts';
import { canonicalPath, directoryOf, statIfAllowed } from './allowed-reads.ts';
import { mountOf } from './mounts.ts';
import { isOfKernel } from './prefix.ts';

/** What a directory is for: the receipt; archives and libraries; building, where programs run; the agent itself. */
export type PlacePurpose = 'state' | 'cache' | 'work' | 'agent';

/** A directory that kickstart cannot use as it must. */
export interface UnusablePlace {
  purpose: PlacePurpose;
  path: string;
  /** The evidence, as a sentence. */
  why: string;
}

/** Those of the directories that cannot be used: looked at where they are, or at the nearest path above that is there. */
export async function unusablePlaces(
  places: Readonly<Partial<Record<PlacePurpose, string>>>,
  system: ReadableSystem,
): Promise<readonly UnusablePlace[]> {
  // The cast: the keys of an object are its own.
  const all = Object.entries(places) as [PlacePurpose, string][];
  const looked = await Promise.all(
    all.map(async ([purpose, path]) => ({ purpose, path, why: await whyUnusable(purpose, path, system) })),
  );
  return looked.flatMap(({ why, ...place }) => (why === undefined ? [] : [{ ...place, why }]));
}

async function whyUnusable(purpose: PlacePurpose, path: string, system: ReadableSystem): Promise<string | undefined> {
  const nearest = await nearestThere(path, system);
  const canonical = await canonicalPath(nearest, system);
  const facts = await statIfAllowed(canonical, system);
  if (facts === undefined) return `${nearest} is a link that leads nowhere, or cannot be looked at.`;
  if (facts.kind !== 'directory') return `${nearest} is not a directory.`;
  const mount = await mountOf(canonical, system);
  if (executing.has(purpose) && mount?.options.includes('noexec')) {
    return `Programs cannot run there: ${mount.point} is mounted with noexec.`;
  }
  // Of the agent's own directory other rules tell, and its owner may be another user.
  if (purpose === 'agent') return undefined;
  if (isOfKernel(mount)) return `${nearest} is in a file system that shows the kernel, and keeps no files.`;
  if (!(await system.canWrite(canonical))) return `${nearest} cannot be written.`;
  const { foreign } = purpose === 'work' && system.processOwner().userId === 0 ? await wayIn(nearest, system) : {};
  return foreign === undefined ? undefined : `Others could change what root builds there. ${foreignSentence(foreign)}`;
}

async function nearestThere(path: string, system: ReadableSystem): Promise<string> {
  if (path === '') return '/';
  return (await statIfAllowed(path, system)) ? path : nearestThere(directoryOf(path), system);
}

const executing: ReadonlySet<PlacePurpose> = new Set(['work', 'agent']);
