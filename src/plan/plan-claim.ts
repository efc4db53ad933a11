import { type AgentClaim, defaultCloudUrl } from '../host/agent-claim.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import type { AgentKeyPair } from '../steps/agent-key-pair.ts';
import type { RunningAgent } from '../steps/running-agent.ts';
import type { VerifyCloudLinkStep } from '../steps/verify-cloud-link.ts';
import { agentService } from './agent-service.ts';
import { type ClaimOrder, claimByAgentStages, claimByKickstartStages, mendingStages, settingStages } from './claim-stages.ts';
import { becauseOf, type ClaimOptions } from './install-options.ts';
import type { Plan, Stage } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import { startStage } from './start-stages.ts';
import type { Trust } from './trust-steps.ts';

/** An agent that is here, or is about to be, as something to claim. */
export interface AgentToClaim extends Trust {
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
  /** Its key pair on the disk; absent for an agent that is about to be. */
  keyPair?: AgentKeyPair;
  /** Absent: it does not run. */
  running?: RunningAgent;
  /** The credentials that the last unclaim has kept. */
  kept?: { from: string; id: string; keyPair: AgentKeyPair };
  /** Why this machine may be a copy of another, as a sentence. */
  cloneSuspicion?: string;
}

export interface ClaimedAgent extends AgentToClaim {
  byHand: boolean;
  /** Whether this user may write where its configuration is. */
  configurationWritable: boolean;
  /** Whether where its claim is belongs to this user. */
  ownsClaim: boolean;
  /** Why root does not follow what its configuration says, as a sentence. */
  notFollowed?: string;
}

/** A claim of an agent that is here already: it is not upgraded. */
export function planClaim(input: PlanInput, claim: ClaimOptions, agent: ClaimedAgent): Plan {
  const known = sameClaim(claim, agent);
  const order = orderOf(input, claim, agent);
  return {
    goal: 'claim',
    title: title(order, known !== undefined),
    decisions: [...decisions(input, claim, agent, known !== undefined), ...(known === undefined ? [] : [known])],
    stages: [
      ...(agent.byHand || !order.tell ? [] : runningStages(input, agent)),
      ...(known === undefined
        ? claimStages(input, claim, agent)
        : [...mendingStages(order), ...settingStages(order), ...proofStages(input, claim, false)]),
    ],
  };
}

function title({ input, claim: { url, configureProxy } }: ClaimOrder, isKnown: boolean): string {
  const where = `the agent below ${input.options.root || '/'}`;
  if (!isKnown) return `Claim ${where} to ${url}`;
  return configureProxy
    ? `Set the proxy of ${where}, and look whether it is online at ${url}: it is claimed already`
    : `Look whether ${where} is online at ${url}: it is claimed already`;
}

/**
 * Identity, claim, proof; from 2.0 on the agent claims itself. A refused claim leaves the agent as it was; a link that does not come up leaves
 * the claim, because the agent goes on trying.
 */
export function claimStages(input: PlanInput, claim: ClaimOptions, agent: AgentToClaim): readonly Stage[] {
  const order = orderOf(input, claim, agent);
  const stages = agent.generation === 'claim.conf' ? claimByAgentStages(order) : claimByKickstartStages(order);
  return [...stages, ...proofStages(input, claim, true)];
}

function proofStages(input: PlanInput, claim: ClaimOptions, afterClaim: boolean): readonly Stage[] {
  const { wait } = claim;
  return wait === 'none' ? [] : [linkStage(input, claim.url, { wait, ...(afterClaim && { afterClaim }) })];
}

function orderOf(input: PlanInput, claim: ClaimOptions, agent: AgentToClaim): ClaimOrder {
  return { input, claim, agent, tell: claim.reload && claim.daemonRuns, proofFollows: claim.wait !== 'none' };
}

const proxyAtNextStart =
  'kickstart cannot restart this agent: its link uses the new proxy when it is started again, and until then what is proven is the link that is up.';

/** Whether netdata.conf is changed: for the proxy, and up to 1.21 to want to be in this Cloud. */
export function editsConfiguration(wanted: ClaimOptions, { generation, cloudEnabled, cloudBaseUrl }: AgentToClaim): boolean {
  return wanted.configureProxy || (generation === 'claim.d' && (!cloudEnabled || cloudBaseUrl !== wanted.url));
}

/**
 * Why there is nothing to claim, as a sentence: the agent is claimed to this Cloud with these rooms. undefined also where its files do not tell
 * the rooms. Of the token nothing is kept; a room belongs to one space, and without rooms nobody here can tell which space the token is for.
 */
export function sameClaim(wanted: ClaimOptions, agent: AgentToClaim): string | undefined {
  const { claim, cloudEnabled } = agent;
  if (claim === undefined || !cloudEnabled || wanted.newId) return undefined;
  if (wanted.id !== undefined && wanted.id !== claim.id) return undefined;
  if (!keepsKey(agent)) return undefined;
  const sameUrl = (claim.url ?? defaultCloudUrl) === wanted.url;
  const sameRooms = claim.rooms !== undefined && sorted(claim.rooms) === sorted(wanted.rooms);
  if (!sameUrl || !sameRooms) return undefined;
  const node = `It is claimed to ${wanted.url} as node ${claim.id}`;
  return wanted.rooms.length === 0
    ? `${node}, without rooms, as asked for: the Cloud is not asked again. Which space the token is for cannot be seen from here: should it be another one than that of the node, kickstart claim --new-id moves the node there.`
    : `${node}, with the same rooms, and so in their space: the Cloud is not asked again. To claim it as a node of its own: kickstart claim --new-id.`;
}

/** The half that only another claim would need is mended without one. Who may not see the key of an older agent is told so by create-identity. */
function keepsKey({ generation, keyPair }: AgentToClaim): boolean {
  const state = keyPair?.state;
  return state === 'good' || state === 'halved' || (generation === 'claim.conf' && state === 'unseen');
}

function sorted(rooms: readonly string[]): string {
  return [...new Set(rooms)].toSorted().join(',');
}

function decisions(
  { options: { claimOnly } }: PlanInput,
  claim: ClaimOptions,
  agent: ClaimedAgent,
  isKnown: boolean,
): readonly string[] {
  const { version, byHand, generation, cloneSuspicion, keyPair, notFollowed } = agent;
  const whose = byHand ? 'was not installed by this kickstart' : 'was installed by kickstart';
  return [
    `Netdata ${version ?? 'of an unknown version'} is here and ${whose}: it is claimed as it is, and not upgraded.`,
    byHand
      ? 'kickstart does not start it; when the CA of the Cloud is a private one, it has to be started with SSL_CERT_FILE.'
      : `To upgrade it: kickstart install, without a claim token${claim.tokenFrom === undefined ? '' : ` (here it is ${claim.tokenFrom})`}.`,
    ...(claim.tokenFrom === undefined || claimOnly ? [] : [becauseOf(claim.tokenFrom)]),
    ...(generation === 'claim.conf' && !isKnown
      ? ['It claims itself: kickstart writes claim.conf, tells it, and reads what came of it.']
      : []),
    ...(generation === 'claim.conf' && (claim.id !== undefined || claim.hostname !== undefined)
      ? ['Such an agent chooses its id and its name itself: --claim-id and --claim-hostname do nothing.']
      : []),
    ...(keyPair !== undefined && 'why' in keyPair ? [`${keyPair.why} It is set aside, and replaced.`] : []),
    ...(isKnown && !agent.restarts && claim.daemonRuns && claim.configureProxy && claim.proxy.from !== 'agent'
      ? [proxyAtNextStart]
      : []),
    ...(notFollowed === undefined ? [] : [notFollowed]),
    ...(claim.enable && agent.generation === 'cloud.d' && !agent.cloudEnabled
      ? ['cloud.conf of the agent has enabled = no: the claim makes it yes, as --claim-enable asks for.']
      : []),
    ...(cloneSuspicion === undefined ? [] : [cloneSuspicion]),
    ...(claim.onFailure === 'undo'
      ? ['--on-claim-failure undo is for a fresh install: an agent that is here stays, whatever comes of its claim.']
      : []),
  ];
}

/** A failure leaves everything as it is: the agent goes on trying. */
export function linkStage(
  { options: { root, waitSeconds, awaitsAttempt } }: Pick<PlanInput, 'options'>,
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
        step: { kind: 'verify-cloud-link', root, url, seconds: waitSeconds, ...(awaitsAttempt && { awaitsAttempt }), ...claim },
        reason: 'A claim is not a connection: only the agent can say that it is online.',
      },
    ],
  };
}

/** Only a running agent can prove that it is online. */
function runningStages({ options, facts }: PlanInput, { privateCa }: ClaimedAgent): readonly Stage[] {
  return [startStage(agentService(options, facts, privateCa))];
}
