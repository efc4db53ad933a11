import { agentLayout } from '../host/agent-layout.ts';
import { systemCertificateFiles, systemCertificatesFollow } from '../host/private-ca.ts';
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
  /** Beside them are those of the system: SSL_CERT_FILE stands in their place. */
  trustsSystem?: boolean;
}

/**
 * For an agent to which the CA of its Cloud is new, be it a private one or (pem is undefined) one that the system trusts. It reads its environment
 * when it starts, so these go between its stop and its start.
 */
export function trustSteps(
  { options, facts, runId }: Pick<PlanInput, 'options' | 'facts' | 'runId'>,
  pem: string | undefined,
  { byHand = false, privateCa, trustedCa = pem, trustsSystem = false }: Trust,
): readonly PlannedStep[] {
  const wanted = pem ?? trustedCa;
  if (wanted === undefined || byHand) return [];
  if (pem === undefined ? !privateCa || trustsSystem : privateCa && trustedCa?.trimEnd() === pem.trimEnd()) return [];
  const write = privateCaStep(options.root, wanted);
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

/** The CA of a Cloud, and below it what the system trusts: SSL_CERT_FILE is read in the place of that. */
export function privateCaStep(root: string, pem: string): PlannedStep {
  return {
    id: 'write-file:cloud-ca.pem',
    step: {
      ...{ kind: 'write-file', path: agentLayout(root).privateCaFile, content: pem, mode: 0o644, when: 'always' },
      below: { line: systemCertificatesFollow, files: systemCertificateFiles },
    },
    reason: "The agent's link trusts no CA but those of its environment, and is to trust those of the system, too.",
  };
}
