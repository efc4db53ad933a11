import type { ClaimOptions } from './install-options.ts';
import type { Stage } from './plan.ts';
import type { PlanInput } from './plan-input.ts';

/**
 * For a claim that nobody waits for: one look whether the agent has heard of it, because one that has not goes on as it was until it is started
 * again. No look where the user wants the agent not to be told.
 */
export function heardStages({ options }: Pick<PlanInput, 'options'>, claim: ClaimOptions): readonly Stage[] {
  const { wait, reload, daemonRuns, url } = claim;
  if (wait !== 'none' || !reload || !daemonRuns) return [];
  return [
    {
      title: 'Look',
      atOnce: 1,
      failureUndoes: 'stage',
      steps: [
        {
          id: 'verify-claim-heard',
          step: { kind: 'verify-cloud-link', root: options.root, url, seconds: lookSeconds, wait: 'claimed' },
          reason: 'An agent that was not told goes on without the claim, and says nothing of it.',
          optional: {
            sentence:
              'The node is claimed, and the agent has not said so: if it has not heard of the claim, it takes it up when it is started again (systemctl restart netdata). kickstart status tells.',
          },
        },
      ],
    },
  ];
}

// It reads its claim while it is told of it, and has a moment to say so.
const lookSeconds = 2;
