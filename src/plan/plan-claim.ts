import { agentLayout } from '../host/agent-layout.ts';
import { agentService } from './agent-service.ts';
import type { ClaimOptions } from './install-options.ts';
import type { Plan, PlannedStep, Stage } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { startStage, startStages } from './start-stages.ts';

export interface ClaimedAgent {
  /** semver, without the v. */
  version: string;
  /** The agent was started with the private CA of its Cloud. */
  privateCa: boolean;
  /** Neither installed nor started by kickstart. */
  byHand: boolean;
}

/** A claim of an agent that is here already: it is not upgraded. */
export function planClaim(input: PlanInput, claim: ClaimOptions, installed: ClaimedAgent): Plan {
  const { options } = input;
  const whose = installed.byHand ? 'was built by hand' : 'was installed by kickstart';
  return {
    goal: 'claim',
    title: `Claim the agent below ${options.root || '/'} to ${claim.url}`,
    decisions: [
      `Netdata ${installed.version} is here and ${whose}: it is claimed as it is, and not upgraded.`,
      installed.byHand
        ? 'kickstart neither starts nor stops it; when the CA of the Cloud is a private one, it has to be started with SSL_CERT_FILE.'
        : 'Run kickstart again without the --claim-* options to upgrade it.',
    ],
    stages: [...(installed.byHand ? [] : runningStages(input, claim, installed.privateCa)), ...claimStages(input, claim)],
  };
}

/** Identity, claim, proof. A refused claim leaves the agent as it was; a link that does not come up leaves the claim, because the agent goes on trying. */
export function claimStages({ options, facts, runId }: PlanInput, claim: ClaimOptions): readonly Stage[] {
  const { root } = options;
  return [
    {
      title: 'Claim',
      atOnce: 1,
      failureUndoes: 'stage',
      steps: [
        {
          id: 'create-identity',
          step: { kind: 'create-identity', root },
          reason: 'The Cloud knows a node by its GUID and its public key.',
        },
      ],
    },
    {
      title: 'Claim',
      atOnce: 1,
      failureUndoes: 'stage',
      steps: [
        {
          id: `claim-node:${runId}`,
          step: {
            kind: 'claim-node',
            root,
            url: claim.url,
            token: claim.token,
            rooms: claim.rooms,
            hostname: facts.hostname,
            backupDirectory: `${options.stateDirectory}/claim-${runId}`,
            ...(claim.ca === undefined ? {} : { ca: claim.ca }),
          },
          reason: 'A claim token was given.',
        },
      ],
    },
    linkStage({ options }, claim.url),
  ];
}

export function linkStage({ options: { root, waitSeconds } }: Pick<PlanInput, 'options'>, url: string): Stage {
  return {
    title: 'Prove',
    atOnce: 1,
    failureUndoes: 'stage',
    steps: [
      {
        id: 'verify-cloud-link',
        step: { kind: 'verify-cloud-link', root, url, seconds: waitSeconds },
        reason: 'A claim is not a connection: only the agent can say that it is online.',
      },
    ],
  };
}

/** Only a running agent can prove that it is online. It reads its environment when it starts, so a private CA that is new to it needs a restart. */
function runningStages({ options, facts, runId }: PlanInput, { ca }: ClaimOptions, trustsPrivateCa: boolean): readonly Stage[] {
  const service = (trusts: boolean) => agentService(options, facts, trusts);
  if (ca === undefined || trustsPrivateCa) return [startStage(service(trustsPrivateCa))];
  const stop: PlannedStep = {
    id: `stop-service:${runId}`,
    step: { kind: 'stop-service', service: service(false) },
    reason: 'The agent learns of the CA when it starts.',
  };
  return [
    { title: 'Trust the CA of the Cloud', atOnce: 1, steps: [privateCaStep(options.root, ca.pem), stop] },
    ...startStages(service(true)),
  ];
}

export function privateCaStep(root: string, pem: string) {
  return {
    id: 'write-file:cloud-ca.pem',
    step: { kind: 'write-file', path: agentLayout(root).privateCaFile, content: pem, mode: 0o644, when: 'always' },
    reason: "The agent's link trusts no CA but those of its environment.",
  } as const;
}
