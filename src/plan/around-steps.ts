import { agentService } from './agent-service.ts';
import type { PlannedStep } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import type { Trust } from './trust-steps.ts';

interface Around {
  /** In the ids of the steps: "for-claim-RUN". */
  word: string;
  /** Why the agent is stopped. */
  reason: string;
  /** It is started with a private CA afterwards. */
  trusts: boolean;
}

/**
 * Stops the agent, does this, and starts it again; one that kickstart cannot restart only has it done.
 * All of it holds with the start: an agent is not left stopped by a run that is cut off.
 */
export function aroundSteps(
  { options, facts }: Pick<PlanInput, 'options' | 'facts'>,
  agent: Pick<Trust, 'privateCa'> & { restarts: boolean },
  steps: readonly PlannedStep[],
  { word, reason, trusts }: Around,
): readonly PlannedStep[] {
  if (!agent.restarts) return steps;
  const service = (privateCa: boolean) => agentService(options, facts, privateCa);
  const stop: PlannedStep = {
    id: `stop-service:${word}`,
    step: { kind: 'stop-service', service: service(agent.privateCa) },
    reason,
  };
  const start: PlannedStep = {
    id: `start-service:${word}`,
    step: { kind: 'start-service', service: service(trusts) },
    reason: 'It goes on.',
  };
  return [...heldWith(start.id, [stop, ...steps]), start];
}

/** These steps are done only together with a later one. */
export function heldWith(id: string, steps: readonly PlannedStep[]): readonly PlannedStep[] {
  return steps.map((step) => ({ ...step, holdsWith: id }));
}
