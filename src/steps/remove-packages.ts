import { isKickstartError } from '../errors.ts';
import type { UnattendedPackages } from '../host/unattended-packages.ts';
import type { ReadableSystem, System } from '../system/system.ts';
import { brokenPackages, brokenSentence } from './broken-packages.ts';
import { commandLine } from './command-line.ts';
import type { StepContext } from './definition.ts';
import { onlyRecommended } from './only-recommended.ts';
import { namesIn, withoutArchitecture } from './package-names.ts';
import { packageRelations } from './package-relations.ts';
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
 * Removes, in one transaction where nothing that came later is in the way, the requested packages with what came as their dependencies and is
 * needed by nobody then, also when a package that was there before recommends it: the machine was without it.
 * Returns the requested packages that stay because a package that came later needs them.
 */
export async function removePackages(
  brought: BroughtPackages,
  rows: UnattendedPackages,
  context: Pick<StepContext, 'system' | 'warn'>,
): Promise<readonly string[]> {
  const { system } = context;
  await repair(brought, rows, system);
  const before = new Set(brought.before);
  const tried = new Set<string>();
  for (;;) {
    const present = await presentPackages(rows, system);
    const requested = brought.requested.filter((name) => present.has(name) && !before.has(name));
    const candidates = (await candidatesOf({ ...brought, requested, present }, rows, system)).filter((name) => !tried.has(name));
    const removable = await neededByNobodyElse(candidates, rows, system);
    if (removable.length === 0) return requested;
    await remove(removable, brought, rows, context);
    for (const name of removable) tried.add(name);
  }
}

async function candidatesOf(
  { requested, arrivals, before, present }: BroughtPackages & { present: ReadonlySet<string> },
  rows: UnattendedPackages,
  system: ReadableSystem,
): Promise<readonly string[]> {
  const earlier = new Set(before);
  // What is known to have come can be asked for together with what needs it; else a package that came later could be taken for one of them.
  const going = arrivals === undefined ? [] : requested;
  const ours = new Set([...requested, ...(arrivals ?? [])].map(withoutArchitecture));
  const unneeded = (await namedBy(rows.unneededWithout(going), rows, system)).filter(
    (name) => !earlier.has(withoutArchitecture(name)) && (going.length === 0 || ours.has(withoutArchitecture(name))),
  );
  const recommended = await onlyRecommended({ arrivals: arrivals ?? [], before, present, going }, rows, system);
  return [...new Set([...requested, ...unneeded, ...recommended])];
}

// Packages of a run that was killed may be unpacked and not set up, and the package manager refuses all work until that is done.
// What was broken before is somebody else's, and is not tried again.
async function repair({ before }: BroughtPackages, rows: UnattendedPackages, system: System): Promise<void> {
  const earlier = new Set(before);
  const unfinished = brokenPackages(await packageStates(rows, system), rows).filter((name) => !earlier.has(name));
  if (unfinished.length === 0) return;
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
  const unneeded = await withoutNeedsOfOthers(candidates, rows, system);
  if (unneeded.length < candidates.length) return neededByNobodyElse(unneeded, rows, system);
  // The package manager knows a reason that is in no field: it is asked for each of them.
  const alone: string[] = [];
  for (const name of candidates) if (await goesAlone([name], candidates, rows, system)) alone.push(name);
  // All of them together, because each was asked for with the others allowed to go as well, and some of those may have to stay.
  if (alone.length === candidates.length) return [];
  return neededByNobodyElse(alone, rows, system);
}

/** Without those that packages which stay depend on, and what these depend on in turn; of an alternative, when no other package is one. */
async function withoutNeedsOfOthers(
  candidates: readonly string[],
  rows: UnattendedPackages,
  system: ReadableSystem,
): Promise<readonly string[]> {
  const relations = await packageRelations(rows, system);
  const going = new Set(candidates.map(withoutArchitecture));
  const providers = (name: string) =>
    [...relations].flatMap(([each, { provides }]) => (each === name || provides.includes(name) ? [each] : []));
  const staying = [...relations.keys()].filter((name) => !going.has(name));
  for (let name = staying.pop(); name !== undefined; name = staying.pop()) {
    for (const alternatives of relations.get(name)?.depends ?? []) {
      const able = alternatives.flatMap(providers);
      if (able.some((each) => !going.has(each))) continue;
      for (const each of able) if (going.delete(each)) staying.push(each);
    }
  }
  return candidates.filter((name) => going.has(withoutArchitecture(name)));
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
  { system, warn }: Pick<StepContext, 'system' | 'warn'>,
) {
  const fullyGone = rows.gone.filter((state) => !rows.configurationLeft.includes(state));
  const purged = names.filter((name) => !configurationBefore.includes(withoutArchitecture(name)));
  // Purging some of them first would take along, and purge, those that need them.
  if (purged.length < names.length) await removeOr(rows.remove(names), (states) => stillHere(names, states, rows.gone));
  if (purged.length > 0) {
    const left = (states: ReadonlyMap<string, string>) => stillHere(purged, states, fullyGone);
    await removeOr(rows.purge(purged), left, rows.purgeAlone);
  }

  // A package that has nothing to do with these may be broken, and then every command of the package manager ends with an error, sometimes
  // before it is through: what is still here decides.
  async function removeOr(
    words: readonly string[],
    left: (states: ReadonlyMap<string, string>) => readonly string[],
    alone?: UnattendedPackages['purgeAlone'],
  ) {
    try {
      await system.run(commandLine(words, rows.environment));
    } catch (error) {
      if (!isKickstartError(error, 'HOST_COMMAND_FAILED')) throw error;
      const states = await packageStates(rows, system);
      const broken = brokenPackages(states, rows).filter((name) => !names.includes(name));
      const remaining = left(states);
      if (broken.length === 0 || (remaining.length > 0 && alone === undefined)) throw error;
      if (remaining.length > 0 && alone !== undefined) await system.run(commandLine(alone(remaining), rows.environment));
      warn(brokenSentence(broken, states));
    }
  }
}

/** Absent from the list, too, is gone. */
function stillHere(names: readonly string[], states: ReadonlyMap<string, string>, gone: readonly string[]): readonly string[] {
  return names.filter((name) => {
    const state = states.get(withoutArchitecture(name));
    return state !== undefined && !gone.includes(state);
  });
}

async function namedBy(words: readonly string[], rows: UnattendedPackages, system: ReadableSystem): Promise<readonly string[]> {
  return namesIn((await system.query(commandLine(words, rows.environment))).stdout, rows.removalLine);
}
