import type { AgentClaim } from '../host/agent-claim.ts';
import { agentLayout } from '../host/agent-layout.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import type { VerifyCloudLinkStep } from '../steps/verify-cloud-link.ts';
import { agentService } from './agent-service.ts';
import { claimByAgentStages, claimByKickstartStages } from './claim-stages.ts';
import type { ClaimOptions } from './install-options.ts';
import type { Plan, PlannedStep, Stage } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { startStage, startStages } from './start-stages.ts';

/** An agent that is here, or is about to be, as something to claim. */
export interface AgentToClaim {
  /** semver, without the v; absent when it is not known. */
  version?: string;
  generation: AgentGeneration;
  /** The user that it runs as. */
  runAsUser: string;
  /** kickstart, or the service manager, can stop and start it. */
  restarts: boolean;
  /** Its claim, when it has one. */
  claim?: AgentClaim;
  /** Switched on in its configuration. */
  cloudEnabled: boolean;
  /** In its configuration; absent: its default. */
  cloudBaseUrl?: string;
  /** The agent was started with the private CA of its Cloud. */
  privateCa: boolean;
  /** Why this machine may be a copy of another, as a sentence. */
  cloneSuspicion?: string;
}

export interface ClaimedAgent extends AgentToClaim {
  /** Neither installed nor started by kickstart. */
  byHand: boolean;
  /** The certificates of that private CA, where they can be read. */
  trustedCa?: string;
  /** Whether this user may write where its configuration is. */
  configurationWritable: boolean;
}

/** A claim of an agent that is here already: it is not upgraded. */
export function planClaim(input: PlanInput, claim: ClaimOptions, agent: ClaimedAgent): Plan {
  const { options } = input;
  const where = `the agent below ${options.root || '/'}`;
  const known = sameClaim(claim, agent);
  return {
    goal: 'claim',
    title:
      known === undefined
        ? `Claim ${where} to ${claim.url}`
        : `Look whether ${where} is online at ${claim.url}: it is claimed already`,
    decisions: [...decisions(claim, agent, known !== undefined), ...(known === undefined ? [] : [known])],
    stages: [
      ...(agent.byHand || !isTold(claim) ? [] : runningStages(input, claim, agent)),
      ...(known === undefined ? claimStages(input, claim, agent) : proofStages(input, claim, false)),
    ],
  };
}

/**
 * Identity, claim, proof; from 2.0 on the agent claims itself. A refused claim leaves the agent as it was; a link that does not come up leaves
 * the claim, because the agent goes on trying.
 */
export function claimStages(input: PlanInput, claim: ClaimOptions, agent: AgentToClaim): readonly Stage[] {
  const proof = proofStages(input, claim, true);
  const order = { input, claim, agent, tell: isTold(claim), proofFollows: proof.length > 0 };
  const stages = agent.generation === 'claim.conf' ? claimByAgentStages(order) : claimByKickstartStages(order);
  return [...stages, ...proof];
}

function proofStages(input: PlanInput, claim: ClaimOptions, afterClaim: boolean): readonly Stage[] {
  const { wait } = claim;
  return wait === 'none' ? [] : [linkStage(input, claim.url, { wait, ...(afterClaim && { afterClaim }) })];
}

function isTold({ reload, daemonRuns }: ClaimOptions): boolean {
  return reload && daemonRuns;
}

/** What the claim changes is read when the agent starts, or is kept in memory until it stops. */
function needsRestart(wanted: ClaimOptions, agent: AgentToClaim): boolean {
  return agent.generation === 'claim.conf'
    ? wanted.configureProxy || agent.claim !== undefined
    : editsConfiguration(wanted, agent);
}

/** Whether netdata.conf is changed: for the proxy, and up to 1.21 to want to be in this Cloud. */
export function editsConfiguration(wanted: ClaimOptions, { generation, cloudEnabled, cloudBaseUrl }: AgentToClaim): boolean {
  return wanted.configureProxy || (generation === 'claim.d' && (!cloudEnabled || cloudBaseUrl !== wanted.url));
}

const restartYourself =
  'kickstart cannot restart this agent, and the claim needs it: stop it first, claim with --claim-daemon-not-running, and start it again.';

/**
 * Why there is nothing to claim, as a sentence: the agent is claimed to this Cloud with these rooms. undefined also where its files do not tell
 * the rooms. Of the token nothing is kept, so that another space with the same rooms cannot be told apart.
 */
function sameClaim(wanted: ClaimOptions, { claim, cloudEnabled, generation }: AgentToClaim): string | undefined {
  if (claim === undefined || !cloudEnabled || wanted.newId || wanted.configureProxy) return undefined;
  if (wanted.id !== undefined && wanted.id !== claim.id) return undefined;
  if (generation !== 'claim.conf' && !claim.hasKeys) return undefined;
  const sameUrl = (claim.url ?? defaultUrl) === wanted.url;
  const sameRooms = claim.rooms !== undefined && sorted(claim.rooms) === sorted(wanted.rooms);
  if (!sameUrl || !sameRooms) return undefined;
  const rooms = wanted.rooms.length === 0 ? 'without rooms, as asked for' : 'with the same rooms';
  return `It is claimed to ${wanted.url} as node ${claim.id}, ${rooms}: the Cloud is not asked again. To claim it to another space, or as a node of its own: kickstart claim --new-id.`;
}

function sorted(rooms: readonly string[]): string {
  return [...new Set(rooms)].toSorted().join(',');
}

const defaultUrl = 'https://app.netdata.cloud';

function decisions(claim: ClaimOptions, agent: ClaimedAgent, isKnown: boolean): readonly string[] {
  const { version, byHand, generation, cloneSuspicion } = agent;
  const whose = byHand ? 'was not installed by this kickstart' : 'was installed by kickstart';
  return [
    `Netdata ${version ?? 'of an unknown version'} is here and ${whose}: it is claimed as it is, and not upgraded.`,
    byHand
      ? 'kickstart does not start it; when the CA of the Cloud is a private one, it has to be started with SSL_CERT_FILE.'
      : 'Run kickstart again without the --claim-* options to upgrade it.',
    ...(generation === 'claim.conf'
      ? ['It claims itself: kickstart writes claim.conf, tells it, and reads what came of it.']
      : []),
    ...(generation === 'claim.conf' && (claim.id !== undefined || claim.hostname !== undefined)
      ? ['Such an agent chooses its id and its name itself: --claim-id and --claim-hostname do nothing.']
      : []),
    ...(isKnown || agent.restarts || !claim.daemonRuns || !needsRestart(claim, agent) ? [] : [restartYourself]),
    ...(cloneSuspicion === undefined ? [] : [cloneSuspicion]),
    ...(claim.onFailure === 'undo'
      ? ['--on-claim-failure undo is for a fresh install: an agent that is here stays, whatever comes of its claim.']
      : []),
  ];
}

/** A failure leaves everything as it is: the agent goes on trying. */
export function linkStage(
  { options: { root, waitSeconds } }: Pick<PlanInput, 'options'>,
  url: string,
  claim: Pick<VerifyCloudLinkStep, 'wait' | 'afterClaim'> = {},
): Stage {
  return {
    title: 'Prove',
    atOnce: 1,
    failureUndoes: 'stage',
    steps: [
      {
        id: 'verify-cloud-link',
        step: { kind: 'verify-cloud-link', root, url, seconds: waitSeconds, ...claim },
        reason: 'A claim is not a connection: only the agent can say that it is online.',
      },
    ],
  };
}

/** Only a running agent can prove that it is online. It reads its environment when it starts, so a private CA that is new to it needs a restart. */
function runningStages(
  { options, facts, runId }: PlanInput,
  { ca }: ClaimOptions,
  { privateCa, trustedCa }: ClaimedAgent,
): readonly Stage[] {
  const service = (trusts: boolean) => agentService(options, facts, trusts);
  if (ca === undefined || (privateCa && (trustedCa ?? ca.pem) === ca.pem)) return [startStage(service(privateCa))];
  const stop: PlannedStep = {
    id: `stop-service:${runId}`,
    step: { kind: 'stop-service', service: service(privateCa) },
    reason: 'The agent learns of the CA when it starts.',
  };
  const write = privateCaStep(options.root, ca.pem);
  // A step of its own, so that the undo of the one that wrote the CA of another Cloud stays.
  const writeAgain = { ...write, id: `${write.id}:${runId}` };
  return [
    { title: 'Trust the CA of the Cloud', atOnce: 1, steps: [privateCa ? writeAgain : write, stop] },
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
