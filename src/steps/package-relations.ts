import type { UnattendedPackages } from '../host/unattended-packages.ts';
import type { ReadableSystem } from '../system/system.ts';
import { commandLine } from './command-line.ts';

export interface PackageRelations {
  /** One of each of these. */
  depends: readonly (readonly string[])[];
  recommends: readonly string[];
  /** Other names it goes by. */
  provides: readonly string[];
}

/** What the packages that are here need and recommend, by name. */
export async function packageRelations(
  rows: UnattendedPackages,
  system: ReadableSystem,
): Promise<ReadonlyMap<string, PackageRelations>> {
  const { words, line, namesIn } = rows.relations;
  const { stdout } = await system.query(commandLine(words, rows.environment));
  const relations = new Map<string, PackageRelations>();
  for (const text of stdout.split('\n')) {
    const { name, depends = '', recommends = '', provides = '' } = line.exec(text)?.groups ?? {};
    if (name === undefined) continue;
    // A name comes more than once on machines with packages of several architectures.
    const known = relations.get(name);
    relations.set(name, {
      depends: [...(known?.depends ?? []), ...depends.split(',').map(namesIn)],
      recommends: [...(known?.recommends ?? []), ...namesIn(recommends)],
      provides: [...(known?.provides ?? []), ...namesIn(provides)],
    });
  }
  return relations;
}
