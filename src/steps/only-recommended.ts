import type { UnattendedPackages } from '../host/unattended-packages.ts';
import type { ReadableSystem } from '../system/system.ts';
import { commandLine } from './command-line.ts';
import { namesIn, withoutArchitecture } from './package-names.ts';
import { packageRelations } from './package-relations.ts';

export interface Arrived {
  /** Names of what came with the install; what was there before may be among them. */
  arrivals: readonly string[];
  before: readonly string[];
  present: ReadonlySet<string>;
  /** What is going to be removed. */
  going: readonly string[];
}

/**
 * Of what came with the install: what nobody needs or has asked for, though a package recommends it that was there before or came along.
 * What a package recommends that came later is left out: without kickstart it would have come with that one.
 */
export async function onlyRecommended(
  { arrivals, before, present, going }: Arrived,
  rows: UnattendedPackages,
  system: ReadableSystem,
): Promise<readonly string[]> {
  const earlier = new Set(before);
  const ours = new Set(arrivals.map(withoutArchitecture).filter((name) => !earlier.has(name)));
  if (ours.size === 0) return [];
  const { stdout } = await system.query(commandLine(rows.unneededButRecommendedWithout(going), rows.environment));
  const unneeded = namesIn(stdout, rows.removalLine).filter((name) => ours.has(withoutArchitecture(name)));
  if (unneeded.length === 0) return [];
  const relations = await packageRelations(rows, system);
  const later = [...relations].filter(([name]) => present.has(name) && !earlier.has(name) && !ours.has(name));
  const wanted = new Set(later.flatMap(([, { recommends }]) => recommends));
  return unneeded.filter((name) => {
    const relation = relations.get(withoutArchitecture(name));
    // What nothing is known about stays.
    return relation !== undefined && ![withoutArchitecture(name), ...relation.provides].some((each) => wanted.has(each));
  });
}
