import type { AgentRelease, PinnedSource } from '../artifacts/releases.ts';
import type { InstallOptions } from './install-options.ts';
import type { SourcePlanInput } from './plan-input.ts';

/**
 * The same, with scratch space of this run alone: what is left of an earlier run, or was there before any, must not be taken for what this
 * run unpacked and built with its own options.
 */
export function inOwnWorkDirectory(input: SourcePlanInput): SourcePlanInput {
  const { options, runId } = input;
  return { ...input, options: { ...options, workDirectory: `${options.workDirectory}-${runId}` } };
}

// Steps hand nothing to each other: they meet at these paths.

/** Where a source archive is in the cache: by what is in it, not by what it is called. */
export function archivePath(
  { cacheDirectory }: InstallOptions,
  { sha256, fileName }: Pick<PinnedSource, 'sha256' | 'fileName'>,
): string {
  return `${cacheDirectory}/sources/${sha256}/${fileName}`;
}

export function agentArchivePath(options: InstallOptions, { tag, sha256 }: AgentRelease): string {
  return archivePath(options, { sha256, fileName: `netdata-${tag}.tar.gz` });
}

/** The agent's unpacked source tree. */
export function sourceDirectory({ workDirectory }: InstallOptions): string {
  return `${workDirectory}/agent`;
}

/** What `make install DESTDIR=` fills: the new install, before it is moved into place. */
export function stageDirectory({ workDirectory }: InstallOptions): string {
  return `${workDirectory}/stage`;
}

/** What the agent's build finds as its externaldeps/. Beside its tree, which appears by a rename while the libraries are built. */
export function externalDirectory({ workDirectory }: InstallOptions): string {
  return `${workDirectory}/externaldeps`;
}

/** Of the build of one library. */
export function libraryWorkDirectory({ workDirectory }: InstallOptions, component: string): string {
  return `${workDirectory}/libraries/${component}`;
}

/** The FIFO of the job pool, which the first build makes. */
export function jobPoolPath({ workDirectory }: InstallOptions): string {
  return `${workDirectory}/jobs`;
}

/** What the builds of this run say. It outlives the scratch space: it is all that is left of a build that failed. */
export function logDirectory({ options, runId }: SourcePlanInput): string {
  return `${logsDirectory(options)}/${runId}`;
}

/** Of all runs. */
export function logsDirectory({ stateDirectory }: InstallOptions): string {
  return `${stateDirectory}/logs`;
}

/** `of`: a component, or "agent". */
export function logPath(input: SourcePlanInput, of: string): string {
  return `${logDirectory(input)}/${of}.log`;
}
