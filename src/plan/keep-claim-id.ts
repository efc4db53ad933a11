import type { Plan, Stage } from './plan.ts';

/** Where the id of a claim with --new-id is from before the request until the run has ended. */
export function claimIdFile(stateDirectory: string): string {
  return `${stateDirectory}/claim-id`;
}

/**
 * The plan with the id of its claim on the disk before the Cloud hears of it: a run that is killed leaves it there, and the next one asks for the
 * same node again. A plan in which the agent chooses the id itself is as it was.
 */
export function withKeptId(plan: Plan, id: string, stateDirectory: string): Plan {
  const at = plan.stages.findIndex(({ steps }) => steps.some(({ step }) => step.kind === 'claim-node'));
  if (at < 0) return plan;
  const stage: Stage = {
    title: 'Claim',
    atOnce: 1,
    failureUndoes: 'stage',
    steps: [
      {
        id: 'keep-claim-id',
        step: { kind: 'write-file', path: claimIdFile(stateDirectory), content: `${id}\n`, mode: 0o600, when: 'always' },
        reason: 'The Cloud must not know a node by an id that this machine has forgotten.',
        temporary: true,
      },
    ],
  };
  return { ...plan, stages: [...plan.stages.slice(0, at), stage, ...plan.stages.slice(at)] };
}
