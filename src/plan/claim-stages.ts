import { defaultCloudUrl } from '../host/agent-claim.ts';
import { aroundSteps, heldWith } from './around-steps.ts';
import type { ClaimOptions } from './install-options.ts';
import type { PlannedStep, Stage } from './plan.ts';
import type { AgentToClaim } from './plan-claim.ts';
import type { PlanInput } from './plan-input.ts';
import { optInSteps, proxySteps } from './setting-steps.ts';
import { trustSteps } from './trust-steps.ts';

export interface ClaimOrder {
  input: PlanInput;
  claim: ClaimOptions;
  agent: AgentToClaim;
  /** The agent runs, and is told. */
  tell: boolean;
  /** A later stage waits for the proof, and has the last word. */
  proofFollows: boolean;
}

/** Agents up to 1.47: kickstart asks the Cloud and writes what the agent reads. */
export function claimByKickstartStages(order: ClaimOrder): readonly Stage[] {
  const { input, claim, agent, tell, proofFollows } = order;
  const { options, facts, runId } = input;
  const { root, stateDirectory } = options;
  const generation = agent.generation === 'claim.d' ? 'claim.d' : 'cloud.d';
  const user = claim.user === undefined ? {} : { user: claim.user };
  const edits = [...(generation === 'claim.d' ? optInSteps(order) : []), ...proxySteps(order)];
  const trust = caSteps(order);
  const id = `claim-node:${runId}`;
  return [
    identityStage(order),
    claimStage([
      ...heldWith(id, edits),
      {
        id,
        step: {
          ...{ kind: 'claim-node', root, generation, url: claim.url, token: claim.token, rooms: claim.rooms },
          hostname: claim.hostname ?? facts.hostname,
          ...versionOf(agent),
          ...('byHand' in agent && agent.byHand === true ? { byHand: true as const } : {}),
          ...(claim.newId ? { id: 'new' } : claim.id === undefined ? {} : { id: claim.id }),
          ...{ proxy: claim.proxy, insecure: claim.insecure, verbose: claim.verbose },
          tell,
          ...(proofFollows && { proofFollows }),
          ...(agent.kept === undefined ? {} : { keptId: agent.kept.id }),
          ...user,
          backupDirectory: `${stateDirectory}/claim-${runId}`,
          ...(claim.ca === undefined ? {} : { ca: claim.ca }),
        },
        reason: 'A claim token was given.',
      },
      ...(tell ? [] : trust),
    ]),
    ...(tell ? afterClaimStages(order, edits.length > 0, trust) : []),
  ];
}

function identityStage({ input: { options, runId }, claim, agent }: ClaimOrder): Stage {
  const { root, stateDirectory } = options;
  const { generation } = agent;
  const { user } = claim;
  const keptIn = keptPair(claim, agent);
  return claimStage([
    {
      id: 'create-identity',
      step: {
        ...{ kind: 'create-identity', root, generation, backupDirectory: `${stateDirectory}/identity-${runId}` },
        ...(keptIn !== undefined && { keptIn }),
        ...(user === undefined ? {} : { user }),
      },
      reason: 'The Cloud knows a node by its GUID and its public key.',
    },
  ]);
}

/** For an agent that has its claim: the public half of its key, which only another claim would need. */
export function mendingStages(order: ClaimOrder): readonly Stage[] {
  return order.agent.keyPair?.state === 'halved' ? [identityStage(order)] : [];
}

/** The link of an earlier claim is up until the agent has dropped it, and says online like the new one: only a restart tells them apart. */
function afterClaimStages(order: ClaimOrder, isEdited: boolean, trust: readonly PlannedStep[]): readonly Stage[] {
  const reasons = [
    ...(trust.length > 0 ? ['The agent learns of the CA when it starts.'] : []),
    ...(isEdited ? ['It reads its configuration when it starts.'] : []),
    ...(needsFreshKey(order.agent) ? ['It may have the key of an earlier claim in memory.'] : []),
    ...(isMove(order) ? ['The link of its earlier claim must not be taken for the new one.'] : []),
  ];
  const [reason] = reasons;
  if (reason === undefined) return [];
  if (order.agent.restarts) return [claimStage(around(order, trust, { when: 'after', reason }))];
  return isMove(order) ? [newLinkStage(order)] : [];
}

/** Another Cloud than before may have a certificate that only the system trusts. */
function caSteps({ input, claim, agent }: ClaimOrder): readonly PlannedStep[] {
  const isSameCloud = agent.claim !== undefined && (agent.claim.url ?? defaultCloudUrl) === claim.url;
  return claim.ca === undefined && isSameCloud ? [] : trustSteps(input, claim.ca?.pem, agent);
}

/** Whether the link of an earlier claim may be up while the new one is made. */
function isMove({ claim, agent: { claim: earlier, running } }: ClaimOrder): boolean {
  if (earlier === undefined) return running?.saysClaimed === true;
  return claim.newId || (claim.id !== undefined && claim.id !== earlier.id) || (earlier.url ?? defaultCloudUrl) !== claim.url;
}

/** Where the agent cannot be restarted, what it says of its link has to tell: claimed and online it was before. */
function newLinkStage({ input, claim, agent, proofFollows }: ClaimOrder): Stage {
  const { root, waitSeconds } = input.options;
  const seconds = proofFollows ? waitSeconds : lookSeconds;
  return {
    ...{ title: 'Prove', atOnce: 1, failureUndoes: 'stage' },
    steps: [
      {
        id: 'verify-new-link',
        step: { kind: 'verify-new-link', root, generation: agent.generation, url: claim.url, seconds },
        reason: 'The link of its earlier claim must not be taken for the new one, and kickstart cannot restart this agent.',
        ...(proofFollows ? {} : { optional: { sentence: mayBeUnheard } }),
      },
    ],
  };
}

/**
 * Agents from 2.0 on claim themselves. One that is claimed keeps its id until it stops, so it is stopped to forget. All of it holds with the new
 * claim: a run that is cut off before gives the earlier claim back.
 */
export function claimByAgentStages(order: ClaimOrder): readonly Stage[] {
  const { input, claim, agent, tell, proofFollows } = order;
  const { options, runId } = input;
  const { root, stateDirectory } = options;
  const earlier = agent.claim;
  const { keyPair } = agent;
  const isDamaged = keyPair?.state === 'lost' || (keyPair?.state === 'halved' && keyPair.why !== undefined);
  const forget: readonly PlannedStep[] =
    earlier === undefined && !isDamaged
      ? []
      : [
          {
            id: `unclaim-node:${runId}`,
            step: {
              ...{ kind: 'unclaim-node', root, generation: agent.generation, tell: false },
              backupDirectory: `${stateDirectory}/unclaim-${runId}`,
            },
            reason:
              earlier === undefined
                ? 'It would ask the Cloud with the damaged key.'
                : `It is claimed as node ${earlier.id}, and keeps that claim until it is taken away.`,
          },
        ];
  const stopped = [...forget, ...proxySteps(order), ...caSteps(order)];
  const id = `claim-by-agent:${runId}`;
  return [
    claimStage([
      ...heldWith(id, (stopped.length > 0 || agent.running?.remembers) && tell ? around(order, stopped) : stopped),
      {
        id,
        step: {
          ...{ kind: 'claim-by-agent', root, url: claim.url, token: claim.token, rooms: claim.rooms },
          ...versionOf(agent),
          ...{ proxy: claim.proxy, insecure: claim.insecure, tell },
          ...(proofFollows && { proofFollows }),
          ...(earlier === undefined ? {} : { earlierId: earlier.id }),
          ...(claim.user === undefined ? {} : { user: claim.user }),
          backupDirectory: `${stateDirectory}/claim-${runId}`,
          ...(claim.ca === undefined ? {} : { ca: claim.ca }),
        },
        reason: 'A claim token was given, and an agent from 2.0 on claims itself.',
      },
    ]),
  ];
}

/** For an agent whose claim is as asked already: only what else its link needs. */
export function settingStages(order: ClaimOrder): readonly Stage[] {
  const steps = [...proxySteps(order), ...caSteps(order)];
  if (steps.length === 0) return [];
  const reason = 'It reads its configuration and its environment when it starts.';
  return [{ ...claimStage(order.tell ? around(order, steps, { reason }) : steps), title: 'Set' }];
}

/** A failure takes back these steps, and leaves the agent that is here as it was. */
function claimStage(steps: readonly PlannedStep[]): Stage {
  return { title: 'Claim', atOnce: 1, failureUndoes: 'stage', steps };
}

/** Up to 1.47 an agent reads its key once, when its link starts: after an unclaim, or a damage, it may have one that is no more. */
function needsFreshKey({ claim, running, keyPair }: AgentToClaim): boolean {
  return running?.remembers === true && (claim === undefined || keyIsGone(keyPair));
}

/** Where an unclaim has kept the key pair of the node that is to be claimed. */
export function keptPair({ id, newId }: Pick<ClaimOptions, 'id' | 'newId'>, { kept }: AgentToClaim): string | undefined {
  if (kept === undefined || keyIsGone(kept.keyPair) || newId) return undefined;
  return id === undefined || id === kept.id ? kept.from : undefined;
}

export function keyIsGone(keyPair: AgentToClaim['keyPair']): boolean {
  return keyPair === undefined || keyPair.state === 'none' || keyPair.state === 'lost';
}

function around(
  { input, claim, agent }: ClaimOrder,
  steps: readonly PlannedStep[],
  how: { when?: string; reason?: string; trusts?: boolean } = {},
): readonly PlannedStep[] {
  const {
    when = 'for',
    reason = 'It keeps its claim and its configuration in memory until it stops.',
    trusts = agent.privateCa || claim.ca !== undefined,
  } = how;
  return aroundSteps(input, agent, steps, { word: `${when}-claim-${input.runId}`, reason, trusts });
}

// A version that nobody knows is a sentence.
function versionOf({ version }: AgentToClaim): { agentVersion?: string } {
  return version !== undefined && /^\d/.test(version) ? { agentVersion: version } : {};
}

const mayBeUnheard =
  'The node is claimed, and the link of its earlier claim may be up still: if the agent has not heard of the new one, it takes it up when it is started again.';
// A link that goes does so within this, and nobody waits for the claim.
const lookSeconds = 5;
