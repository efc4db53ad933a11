import { isKickstartError } from '../errors.ts';
import type { UnattendedPackages } from '../host/unattended-packages.ts';
import type { ReadableSystem, System } from '../system/system.ts';
import { commandLine } from './command-line.ts';
import { onlyRecommended } from './only-recommended.ts';
import { namesIn, withoutArchitecture } from './package-names.ts';
import { packageStates } from './package-states.ts';

export interface BroughtPackages {
  requested: readonly string[];
  /** Never removed. */
  before: readonly string[];
  /** Never purged. */
  configurationBefore: readonly string[];
  /** Absent: not known. */
  arrivals?: readonly string[];
}

/**
 * Removes the requested packages, and then, as long as there are some, those that came as dependencies and are needed by nobody now,
 * also when a package that was there before recommends them: the machine was without them.
 * Returns the requested packages that stay because a package that came later needs them.
 */
export async function removePackages(
  brought: BroughtPackages,
  rows: UnattendedPackages,
  system: System,
): Promise<readonly string[]> {
  await repair(rows, system);
  const before = new Set(brought.before);
  const tried = new Set<string>();
  for (;;) {
    const present = await presentPackages(rows, system);
    const requested = brought.requested.filter((name) => present.has(name) && !before.has(name));
    const unneeded = (await namedBy(rows.unneeded, rows, system)).filter((name) => !before.has(withoutArchitecture(name)));
    const recommended = await onlyRecommended({ arrivals: [], ...brought, present }, rows, system);
    const candidates = [...new Set([...requested, ...unneeded, ...recommended])].filter((name) => !tried.has(name));
    const removable = await neededByNobodyElse(candidates, rows, system);
    if (removable.length === 0) return requested;
    await remove(removable, brought, rows, system);
    for (const name of removable) tried.add(name);
  }
}

// Packages of a run that was killed may be unpacked and not set up, and the package manager refuses all work until that is done.
async function repair(rows: UnattendedPackages, system: System): Promise<void> {
  try {
    await system.run(commandLine(rows.repair, rows.environment));
  } catch (error) {
    // A package that cannot be set up can still be removed; when it cannot, the removal says why.
    if (!isKickstartError(error, 'HOST_COMMAND_FAILED')) throw error;
  }
}

async function presentPackages(rows: UnattendedPackages, system: ReadableSystem): Promise<ReadonlySet<string>> {
  const states = await packageStates(rows, system);
  return new Set([...states.keys()].filter((name) => !rows.gone.includes(states.get(name) ?? '')));
}

async function neededByNobodyElse(
  candidates: readonly string[],
  rows: UnattendedPackages,
  system: ReadableSystem,
): Promise<readonly string[]> {
  if (candidates.length === 0 || (await goesAlone(candidates, candidates, rows, system))) return candidates;
  const alone: string[] = [];
  for (const name of candidates) if (await goesAlone([name], candidates, rows, system)) alone.push(name);
  // All of them together, because each was asked for with the others allowed to go as well, and some of those may have to stay.
  if (alone.length === candidates.length) return [];
  return neededByNobodyElse(alone, rows, system);
}

async function goesAlone(names: readonly string[], others: readonly string[], rows: UnattendedPackages, system: ReadableSystem) {
  const { exitCode, stdout } = await system.query(commandLine(rows.removalOf(names), rows.environment));
  const allowed = new Set(others.map(withoutArchitecture));
  return exitCode === 0 && namesIn(stdout, rows.removalLine).every((name) => allowed.has(withoutArchitecture(name)));
}

async function remove(
  names: readonly string[],
  { configurationBefore }: BroughtPackages,
  rows: UnattendedPackages,
  system: System,
) {
  const purged = names.filter((name) => !configurationBefore.includes(withoutArchitecture(name)));
  // Purging some of them first would take along, and purge, those that need them.
  if (purged.length < names.length) await system.run(commandLine(rows.remove(names), rows.environment));
  if (purged.length > 0) await system.run(commandLine(rows.purge(purged), rows.environment));
}

async function namedBy(words: readonly string[], rows: UnattendedPackages, system: ReadableSystem): Promise<readonly string[]> {
  return namesIn((await system.query(commandLine(words, rows.environment))).stdout, rows.removalLine);
}
