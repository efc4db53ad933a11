import { KickstartError } from '../errors.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import { agentInfo } from './agent-info.ts';
import { agentProcess } from './agent-process.ts';
import type { StepDefinition } from './definition.ts';
import { restartByHand } from './restart-by-hand.ts';

export interface VerifyUnclaimedStep {
  kind: 'verify-unclaimed';
  root: string;
  generation: AgentGeneration;
  seconds: number;
}

/** Waits until the agent says that it has no claim, and no link. Throws CLAIM_STILL_THERE, and LINK_AGENT_SILENT for one that runs and says nothing. */
export const verifyUnclaimed: StepDefinition<VerifyUnclaimedStep, never> = {
  observes: true,
  describe: () => 'Wait until the agent says that it has neither claim nor link',
  inspect: async () => undefined,
  undo: async () => {},
  async run({ root, generation, seconds }, { system, signal, progress, prove }) {
    const { port } = await agentSettings(root, system, generation);
    const end = system.now() + seconds * 1000;
    for (;;) {
      const info = await agentInfo(port, system);
      signal.throwIfAborted();
      if (info === undefined && system.now() >= end) {
        const process = await agentProcess(root, system);
        if (process !== undefined && process !== 'unknown') throw silent(port);
        return prove('The agent does not answer: without it there is no link');
      }
      if (info !== undefined && !info.claimed && !info.online) {
        return prove('The agent says agent-claimed: false and aclk-available: false: the link is down');
      }
      if (system.now() >= end) throw stillThere(port, await restartByHand(root, system));
      progress('waiting for the agent to let go of its link');
      await system.sleep(pollMilliseconds, signal);
    }
  },
};

function stillThere(port: number, byHand: string): KickstartError {
  return new KickstartError('CLAIM_STILL_THERE', {
    what: 'The agent still says that it is claimed, or online: its link stays up until it is restarted.',
    why: `Its credentials are gone from the disk, and it keeps them in memory (http://127.0.0.1:${port}/api/v1/info).`,
    next: `Restart the agent: it starts without its claim.${byHand}`,
  });
}

function silent(port: number): KickstartError {
  return new KickstartError('LINK_AGENT_SILENT', {
    what: 'The credentials are gone from the disk, and whether the link is down cannot be seen.',
    why: `The agent runs, and does not answer at http://127.0.0.1:${port}/api/v1/info.`,
    next: 'Look in the Cloud whether the node is offline; if it is not, restart the agent.',
  });
}

const pollMilliseconds = 100;
