import { catalog } from '../artifacts/catalog.ts';
import type { Owner } from '../system/system.ts';
import type { PlanInput } from './plan-input.ts';

/**
 * Whose rights a build has: `agent`, `openssl`, or a component of the catalog. Each has a user of its own, so that none can change what another
 * builds, and all that is left of one can be ended. Empty where builds have the rights of kickstart.
 */
export function builderOf(build: string, { facts: { builders } }: Pick<PlanInput, 'facts'>): { builder?: Owner } {
  if (builders === undefined) return {};
  const builder = builders[builds.indexOf(build)];
  if (builder === undefined) throw new Error(`There is no user for the build of ${build}.`);
  return { builder };
}

const builds: readonly string[] = ['agent', 'openssl', ...catalog.map(({ component }) => component)];
