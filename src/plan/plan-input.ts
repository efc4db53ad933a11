import type { AgentRelease } from '../artifacts/releases.ts';
import type { HostFacts } from '../host/facts.ts';
import type { InstallOptions } from './install-options.ts';

/** All that a plan is made from. */
export interface PlanInput {
  options: InstallOptions;
  facts: HostFacts;
  /** Names what belongs to this run alone, such as its backups. */
  runId: string;
}

export interface SourcePlanInput extends PlanInput {
  release: AgentRelease;
}
