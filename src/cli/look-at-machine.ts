import { systemCopies } from '../artifacts/system-copies.ts';
import { gatherHostFacts, type HostFacts } from '../host/facts.ts';
import { featureLibraries } from '../host/feature-libraries.ts';
import type { InstallOptions } from '../plan/install-options.ts';
import { waitFor } from './wait-for.ts';
import type { World } from './world.ts';

/** The facts that a plan needs. With `claims` nothing is asked that only a build needs, where an agent is here. */
export function lookAtMachine(
  options: Pick<InstallOptions, 'root' | 'stateDirectory' | 'workDirectory'> & Partial<Pick<InstallOptions, 'cacheDirectory'>>,
  { claims, json }: { claims: boolean; json: boolean },
  world: World,
): Promise<HostFacts> {
  const { system, environment } = world;
  const { root, stateDirectory, workDirectory, cacheDirectory } = options;
  const places = {
    state: stateDirectory,
    ...(cacheDirectory && { cache: cacheDirectory }),
    work: workDirectory,
    agent: root || '/usr',
  };
  const question = {
    ...{ root, stateDirectory, places, build: { claims, workDirectory, libraries: { ...systemCopies, ...featureLibraries } } },
    ...(environment.PATH && { path: environment.PATH }),
  };
  return waitFor('Looking at this machine', gatherHostFacts(question, system), json, world);
}
