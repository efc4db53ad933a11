import { satisfies } from 'semver';
import { extraGroups, type ResultRow, resultRows, resultRowsWithoutRoot, type TreeRights } from '../host/installed-result.ts';

/** How the tree of this version is to be installed. */
export function treeRights(version: string, isRoot: boolean): TreeRights {
  return (isRoot ? resultRows : resultRowsWithoutRoot)
    .filter(({ of, kind, versions }) => of === 'tree' && kind !== 'link' && isFor(version, versions))
    .map(({ path, kind, group, mode, capabilities }) => ({
      ...{ path, kind, mode },
      ...(group && { group }),
      ...(capabilities && { capabilities }),
    }));
}

/** The agent's own directories, each before what is in it. */
export function stateDirectories(version: string): readonly ResultRow[] {
  return resultRows.filter(({ of, kind, versions }) => of === 'state' && kind === 'directory' && isFor(version, versions));
}

export function groupsFor(version: string): readonly string[] {
  return extraGroups.find(({ versions }) => isFor(version, versions))?.groups ?? [];
}

function isFor(version: string, range = '*'): boolean {
  return satisfies(version, range, { includePrerelease: true });
}
