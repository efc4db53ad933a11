import { coerce, satisfies } from 'semver';
import { type CatalogRow, catalog } from '../artifacts/catalog.ts';
import type { PinnedSource } from '../artifacts/releases.ts';
import { canInstallPackages } from './can-install-packages.ts';
import type { SourcePlanInput } from './plan-input.ts';

/** How a library comes to the agent's build. */
export type LibraryWay =
  | { from: 'sources'; pin: PinnedSource }
  | { from: 'system'; version: string }
  /** The system's own, which is there when these packages are. */
  | { from: 'packages'; packages: readonly string[] }
  /** Not here, and cannot be installed; the agent's own build would clone it, and is told not to. */
  | { from: 'missing' }
  /** The agent's source tree does not say which one. */
  | { from: 'nowhere' };

export interface CloudLibrary {
  row: CatalogRow;
  way: LibraryWay;
}

/** The libraries that this agent's link needs, and how each comes. The longest build is first. None when Cloud is disabled. */
export function cloudLibraries(input: SourcePlanInput): readonly CloudLibrary[] {
  const { options, release } = input;
  // From 2.0 on an agent is never without Cloud. Source: spec/kickstart-behaviour.md 8.5.
  if (options.cloud === 'disable' && !isFor(release.version, '>=2.0.0-0')) return [];
  return catalog
    .filter(({ agentVersions, cmakeFetched = '<0.0.0' }) => isFor(release.version, `${agentVersions} || ${cmakeFetched}`))
    .map((row) => ({ row, way: wayOf(row, input) }))
    .toSorted((one, other) => other.row.buildSeconds - one.row.buildSeconds);
}

function wayOf(row: CatalogRow, input: SourcePlanInput): LibraryWay {
  const { facts, options, release } = input;
  const version = facts.systemLibraries[row.component];
  const byCmake = !isFor(release.version, row.agentVersions);
  if (row.system !== undefined && (byCmake || row.system.use === 'when-there' || options.useSystemLibraries)) {
    const suiting = byCmake ? row.system.cmakeVersions : row.system.versions;
    if (version !== undefined && suits(version, suiting)) return { from: 'system', version };
    const packages = (byCmake || options.useSystemLibraries) && version === undefined ? installable(row, input) : [];
    if (packages.length > 0) return { from: 'packages', packages };
  }
  if (byCmake) return { from: 'missing' };
  const pin = release.pinned.find(({ component }) => component === row.component);
  return pin === undefined ? { from: 'nowhere' } : { from: 'sources', pin };
}

function installable({ system }: CatalogRow, { facts }: SourcePlanInput): readonly string[] {
  const { packageManager } = facts;
  return packageManager === undefined || !canInstallPackages(facts) ? [] : (system?.packages[packageManager] ?? []);
}

function isFor(version: string, range: string): boolean {
  return satisfies(version, range, { includePrerelease: true });
}

// pkg-config says what the library says of itself: "0.16", "3.21.12.0".
function suits(version: string, range: string): boolean {
  const known = coerce(version);
  return known !== null && satisfies(known, range);
}
