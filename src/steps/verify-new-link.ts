import { KickstartError } from '../errors.ts';
import { agentClaim } from '../host/agent-claim.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import { type AgentLinkReport, agentLinkReport } from './agent-link-report.ts';
import type { StepContext, StepDefinition } from './definition.ts';
import { type HearQuestion, hearAgent, type Unheard } from './hear-agent.ts';
import { restartByHand } from './start-lines.ts';

export interface VerifyNewLinkStep {
  kind: 'verify-new-link';
  root: string;
  generation: AgentGeneration;
  url: string;
  /** For an agent that says since when its link is up. */
  seconds: number;
}

/**
 * Waits until the link of an agent with another claim than before is not that of the earlier claim: it was seen down, or the agent says that it
 * came up after the claim was written. Throws CLAIM_RESTART_NEEDED: online alone proves nothing then.
 */
export const verifyNewLink: StepDefinition<VerifyNewLinkStep, never> = {
  observes: true,
  describe: () => 'Wait until the agent has let go of the link of its earlier claim',
  inspect: async () => undefined,
  undo: async () => {},
  async run(step, { system, signal, progress, prove }) {
    const settings = await agentSettings(step.root, system, step.generation);
    const claim = await agentClaim(settings, system);
    const toldAt = (await system.modifiedAt(`${settings.claimDirectory}/claimed_id`)) ?? system.now();
    const startedAt = system.now();
    let newIdAt = startedAt;
    for (;;) {
      const seen = await look({ root: step.root, settings }, system);
      signal.throwIfAborted();
      // Whether an agent without a link gets one is the next step's question.
      if (seen === 'down') return prove('The link of the earlier claim is down');
      // One that does not answer for a moment may have its earlier link all the same.
      if ('seen' in seen) {
        if (system.now() >= startedAt + step.seconds * 1000)
          throw unproven(step, seen.seen, await restartByHand(step.root, system));
        progress('waiting until the agent answers');
        await system.sleep(pollMilliseconds, signal);
        continue;
      }
      const { since, claimId } = seen;
      // Agents say it in whole seconds.
      if (since !== undefined && isOf(claim?.id, claimId) && Date.parse(since) >= Math.floor(toldAt / 1000) * 1000) {
        return prove(`The agent says that its link is up since ${since}, which is after it was claimed`);
      }
      if (isOf(claim?.id, claimId)) newIdAt = system.now();
      const hasNotHeard = system.now() >= newIdAt + hasNotHeardSeconds * 1000;
      const seconds = since === undefined ? Math.min(step.seconds, hasNotHeardSeconds) : step.seconds;
      if (hasNotHeard || system.now() >= startedAt + seconds * 1000)
        throw unproven(step, reasonFor(seen, claim?.id), await restartByHand(step.root, system));
      progress('waiting for the agent to let go of the link of its earlier claim');
      await system.sleep(pollMilliseconds, signal);
    }
  },
};

type Link = Pick<AgentLinkReport, 'since' | 'claimId'>;

async function look(question: HearQuestion, system: StepContext['system']): Promise<'down' | Link | Unheard> {
  const hearing = await hearAgent(question, system);
  if (hearing.kind === 'unheard') return hearing.reason.kind === 'stopped' ? 'down' : hearing.reason;
  if (!hearing.info.claimed || !hearing.info.online) return 'down';
  return agentLinkReport(hearing.door, system);
}

function unproven({ url }: VerifyNewLinkStep, why: string, byHand: string): KickstartError {
  return new KickstartError('CLAIM_RESTART_NEEDED', {
    ...{ what: `The node is claimed to ${url}, and that its link is the new one is not proven.`, why },
    next: `Restart the agent, and look with kickstart status.${byHand}`,
  });
}

function reasonFor({ since, claimId }: Link, id: string | undefined): string {
  if (since === undefined) return 'The agent says that it is online and not since when: it may be the link of the earlier claim.';
  return isOf(id, claimId)
    ? `The agent says that its link is up since ${since}, which is before this claim: it is the link of the earlier one.`
    : `The agent says that it is online as node ${claimId}, and this claim is of node ${id}.`;
}

function isOf(id: string | undefined, claimId: string | undefined): boolean {
  return claimId === undefined || claimId === id;
}

// A link that goes does so within this. An agent that names the earlier claim for longer has not heard of the new one; one that does not say
// since when its link is up cannot tell more later.
const hasNotHeardSeconds = 5;
const pollMilliseconds = 100;
