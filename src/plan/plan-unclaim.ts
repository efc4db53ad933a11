import { KickstartError } from '../errors.ts';
import type { KeptClaim } from '../host/kept-claim.ts';
import { aroundSteps } from './around-steps.ts';
import type { Plan, PlannedStep, Stage } from './plan.ts';
import { type ClaimedAgent, linkStage } from './plan-claim.ts';
import type { PlanInput } from './plan-input.ts';
import { trustSteps } from './trust-steps.ts';

/** Takes the credentials away, so that the link goes down now; they are kept for planRestore. */
export function planUnclaim(input: PlanInput, agent: ClaimedAgent): Plan {
  const { options, runId } = input;
  const { root, stateDirectory } = options;
  const { claim, generation, running, notFollowed } = agent;
  // Only when it stops does an agent forget.
  const remembers = running !== undefined && (claim !== undefined || running.remembers);
  const isRestarted = remembers && agent.restarts;
  const settleSeconds = remembers && !isRestarted ? (running.mayAbortSeconds ?? 0) : 0;
  const unclaim: PlannedStep = {
    id: `unclaim-node:${runId}`,
    step: {
      ...{ kind: 'unclaim-node', root, generation, tell: running !== undefined && !isRestarted },
      backupDirectory: `${stateDirectory}/unclaim-${runId}`,
      ...(settleSeconds > 0 && { settleSeconds }),
    },
    reason: 'Without its credentials the agent is nobody to the Cloud.',
  };
  const how = { word: runId, reason: `It keeps its ${kept[generation]} in memory until it stops.`, trusts: agent.privateCa };
  return {
    goal: 'unclaim',
    title: `Unclaim the agent below ${root || '/'}`,
    decisions: [
      ...(notFollowed === undefined ? [] : [notFollowed]),
      ...(claim === undefined
        ? ['It is not claimed: only what is left of earlier claims is taken away.']
        : [
            `It is claimed as node ${claim.id}.`,
            'The node stays in the Cloud, offline, until somebody removes it there; kickstart unclaim --restore brings the claim back.',
          ]),
      ...(remembers && !isRestarted ? [withoutRestart[generation]] : []),
      ...(settleSeconds > 0
        ? [
            `Netdata ${agent.version} aborts when its claim is taken away soon after its start or its first link: kickstart waits for ${settleSeconds} s first.`,
          ]
        : []),
      ...(generation === 'claim.conf'
        ? ['With NETDATA_CLAIM_TOKEN and NETDATA_CLAIM_URL in its environment such an agent claims itself again.']
        : []),
    ],
    stages: [
      {
        title: 'Unclaim',
        atOnce: 1,
        failureUndoes: 'stage',
        steps: isRestarted ? aroundSteps(input, agent, [unclaim], how) : [unclaim],
      },
      ...(running === undefined ? [] : [downStage(input, agent, settleSeconds > 0)]),
    ],
  };
}

const kept = { 'claim.d': 'private key', 'cloud.d': 'private key', 'claim.conf': 'id' } as const;

const keyStays =
  'Such an agent keeps the private key of its claim in memory until it stops, and kickstart cannot restart this one: its link goes down now. Restart the agent before you claim it with another key.';
const withoutRestart = {
  'claim.d': keyStays,
  'cloud.d': keyStays,
  'claim.conf':
    'Such an agent forgets its id only when it stops, and kickstart cannot restart this one: its link stays up until you do.',
} as const;

/** Gives the agent back what the last unclaim has taken. */
export function planRestore(input: PlanInput, agent: ClaimedAgent, kept: KeptClaim): Plan {
  const { options, runId } = input;
  const { root, stateDirectory } = options;
  const url = kept.claim.url ?? agent.cloudBaseUrl ?? 'the Cloud';
  const trust = trustSteps(input, kept.ca, agent);
  // In memory it has the key of another claim, or a pause that doubles with each try without one.
  const isRestarted = agent.restarts && (trust.length > 0 || agent.running?.remembers === true);
  const restore: PlannedStep = {
    id: `restore-claim:${runId}`,
    step: {
      ...{ kind: 'restore-claim', root, generation: agent.generation, from: kept.from, tell: !isRestarted },
      backupDirectory: `${stateDirectory}/restore-${runId}`,
    },
    reason: 'They are what the Cloud knows the node by.',
  };
  const how = {
    word: runId,
    reason: trust.length > 0 ? 'It trusted another CA when it had this claim.' : 'It reads its credentials when it starts.',
    trusts: agent.privateCa || trust.length > 0,
  };
  return {
    goal: 'claim',
    title: `Give the agent below ${root || '/'} its claim as node ${kept.claim.id} back`,
    decisions: [
      ...(agent.notFollowed === undefined ? [] : [agent.notFollowed]),
      `Its credentials are in ${kept.from}; the Cloud is not asked.`,
    ],
    stages: [
      {
        title: 'Restore',
        atOnce: 1,
        failureUndoes: 'stage',
        steps: isRestarted ? aroundSteps(input, agent, [...trust, restore], how) : [restore],
      },
      linkStage(input, url),
    ],
  };
}

/** Why there is nothing to give back; undefined when there is. */
export function restoreRefusal(
  kept: KeptClaim | undefined,
  { claim }: Pick<ClaimedAgent, 'claim'>,
  stateDirectory: string,
): KickstartError | undefined {
  if (kept === undefined) {
    return new KickstartError('CLAIM_NOTHING_TO_RESTORE', {
      what: 'There are no credentials that could be given back to the agent.',
      why: `kickstart unclaim keeps them in ${stateDirectory}, and nothing of the kind is there.`,
      next: 'Claim the agent anew: kickstart claim.',
    });
  }
  if (claim === undefined || claim.id === kept.claim.id) return undefined;
  return new KickstartError('CLAIM_OTHERWISE', {
    what: `The agent is claimed as node ${claim.id} by now, and the credentials that are kept are those of node ${kept.claim.id}.`,
    why: 'Giving them back would destroy the claim that is there.',
    next: `First kickstart unclaim, which keeps that claim, too; the other credentials stay where they are: ${kept.from}`,
  });
}

function downStage({ options }: PlanInput, { generation }: ClaimedAgent, mayAbort: boolean): Stage {
  return {
    title: 'Prove',
    atOnce: 1,
    failureUndoes: 'stage',
    steps: [
      {
        id: 'verify-unclaimed',
        step: {
          ...{ kind: 'verify-unclaimed', root: options.root, generation, seconds: 15 },
          ...(mayAbort && { watchSeconds }),
        },
        reason: 'Only the agent can say that its link is down.',
      },
    ],
  };
}

// The message that such an agent dies of is late on a busy machine.
const watchSeconds = 10;
