import type { ErrorCode } from '../errors.ts';
import type { Step } from '../steps/step.ts';

export type Goal = 'install' | 'upgrade' | 'claim' | 'unclaim' | 'rehearse';

/** One step in its place: the step says what is done, the rest says why and what its failure means. */
export interface PlannedStep {
  /** Unique in the plan, the same in every run for the same thing: "build-dependency:json-c". The receipt knows steps by it. */
  id: string;
  step: Step;
  /** One sentence for `--dry-run`: why this step is in the plan. */
  reason: string;
  /** The run goes on when the step fails; the sentence (that of the error's code, where it has its own) is said then, and once more at the end. */
  optional?: { sentence: string; sentenceFor?: Partial<Record<ErrorCode, string>> };
  /** Ids of optional steps of earlier stages: when one of them failed or was skipped, this one is skipped. */
  needs?: readonly string[];
  /** Id of a later step: until that one is done this one is not, and a run that is cut off between them is taken back to before both. */
  holdsWith?: string;
  /** Taken back at the end of a run that succeeded: scratch directories and what is in them. */
  temporary?: true;
  /** What it makes tells how a build failed: it stays after an error that keeps logs, until `uninstall`, and does not count as a change. */
  evidence?: true;
}

/** Steps that do not depend on each other. Stages run one after the other, so that a plan reads as a list. */
export interface Stage {
  title: string;
  steps: readonly PlannedStep[];
  /** How many of the steps run at the same time. */
  atOnce: number;
  /** What a failure in this stage takes back: `run` (default) all that the run did; `stage` only this stage, and the rest stays as it is. */
  failureUndoes?: 'stage';
}

/** A value: made by the planner, printed by --dry-run, walked by the engine. */
export interface Plan {
  goal: Goal;
  /** One line: "Install Netdata v1.31.0 below /opt/netdata and claim it to https://app.netdata.cloud". */
  title: string;
  /** What the planner decided, and why, one sentence each. */
  decisions: readonly string[];
  stages: readonly Stage[];
}
