import type { JobPool } from '../system/system.ts';
import { buildLanguage, bytesPerJob, jobSlots } from './build-parallelism.ts';
import type { SourcePlanInput } from './plan-input.ts';
import { jobPoolPath } from './work-paths.ts';

/** How much of the machine all builds of the run share: as much as cores and memory allow, or as the user said. */
export function jobPool({ options, facts, release }: SourcePlanInput): JobPool {
  const slots = options.buildJobs ?? jobSlots(facts, bytesPerJob[buildLanguage(release.version)]);
  return { path: jobPoolPath(options), slots };
}
