import { agentLayout } from '../host/agent-layout.ts';
import { agentService } from './agent-service.ts';
import type { PlannedStep } from './plan.ts';
import type { PlanInput } from './plan-input.ts';

/** What the link of an agent trusts now. */
export interface Trust {
  /** Neither installed nor started by kickstart: its environment is its user's. */
  byHand?: boolean;
  /** It is started with a private CA. */
  privateCa: boolean;
  /** The certificates of that CA, where they can be read. */
  trustedCa?: string;
}

/** For an agent to which the CA of its Cloud is new: it reads its environment when it starts, so these go between its stop and its start. */
export function trustSteps(
  { options, facts, runId }: Pick<PlanInput, 'options' | 'facts' | 'runId'>,
  pem: string | undefined,
  { byHand = false, privateCa, trustedCa = pem }: Trust,
): readonly PlannedStep[] {
  if (pem === undefined || byHand || (privateCa && trustedCa === pem)) return [];
  const write = privateCaStep(options.root, pem);
  const service = agentService(options, facts, true);
  return [
    // A step of its own, so that the undo of the one that wrote the CA of another Cloud stays.
    privateCa ? { ...write, id: `${write.id}:${runId}` } : write,
    ...(service.manager === 'none'
      ? []
      : [
          {
            id: 'install-service',
            step: { kind: 'install-service', service },
            reason: 'The service names the CA in its environment.',
          } as const,
        ]),
  ];
}

export function privateCaStep(root: string, pem: string) {
  return {
    id: 'write-file:cloud-ca.pem',
    step: { kind: 'write-file', path: agentLayout(root).privateCaFile, content: pem, mode: 0o644, when: 'always' },
    reason: "The agent's link trusts no CA but those of its environment.",
  } as const;
}
