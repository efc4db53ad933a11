import type { HostFacts } from '../host/facts.ts';

// A C compiler at -O2 stays below this; the reference installer counts 256 MiB for each job above the first. Source: spec/kickstart-behaviour.md 7.5.
const bytesPerJob = 256 * 1024 ** 2;

/** How many builds run at once, and with how many jobs each, so that the machine is never asked for more than it has. */
export function buildParallelism({ cores, memoryBytes }: Pick<HostFacts, 'cores' | 'memoryBytes'>, builds: number) {
  const jobsInAll = Math.max(1, Math.min(cores, Math.floor(memoryBytes / bytesPerJob)));
  const atOnce = Math.min(builds, jobsInAll);
  return { atOnce, jobs: Math.max(1, Math.floor(jobsInAll / atOnce)) };
}
