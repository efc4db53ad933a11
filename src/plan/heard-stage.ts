import { rootOfProgram } from '../host/agent-layout.ts';
import type { ClaimOptions } from './install-options.ts';
import type { Plan, Stage } from './plan.ts';
import type { PlanInput } from './plan-input.ts';

/**
 * For a claim that nobody waits for: one look whether the agent has heard of it, because one that has not goes on as it was until it is started
 * again. No look where the user wants the agent not to be told.
 */
export function heardStages(input: Pick<PlanInput, 'options' | 'facts'>, claim: ClaimOptions, plan: Plan): readonly Stage[] {
  const { options } = input;
  const { wait, reload, daemonRuns, url } = claim;
  if (wait !== 'none' || !reload || !daemonRuns) return [];
  const restarted = `started again${isService(input, plan) ? ' (systemctl restart netdata)' : ''}`;
  const sentence = claimsItself(plan)
    ? `The agent has not said that it is claimed: if it has not heard of claim.conf, it claims itself when it is ${restarted}. kickstart status tells.`
    : `The node is claimed, and the agent has not said so: if it has not heard of the claim, it takes it up when it is ${restarted}. kickstart status tells.`;
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
          optional: { sentence },
        },
      ],
    },
  ];
}

/** Whether the machine's service of that name is this agent, and not another one. */
function isService({ options: { root }, facts }: Pick<PlanInput, 'options' | 'facts'>, { goal }: Plan): boolean {
  const { serviceManager, serviceProgram, privileges } = facts;
  if (serviceManager !== 'systemd') return false;
  if (serviceProgram !== undefined) return rootOfProgram(serviceProgram) === root;
  // The definition of a package is in a place of the distribution's; that of an install is not there yet.
  return root === '' || (goal === 'install' && privileges.isRoot);
}

/** Whether it is the agent that asks the Cloud, as those from 2.0 on do. */
export function claimsItself({ stages }: Plan): boolean {
  return stages.some(({ steps }) => steps.some(({ step }) => step.kind === 'claim-by-agent'));
}

// It reads its claim while it is told of it, and has a moment to say so.
const lookSeconds = 2;
