import { KickstartError } from '../errors.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import { agentLayout } from '../host/agent-layout.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import { agentProcess } from './agent-process.ts';
import type { StepContext, StepDefinition } from './definition.ts';
import { hearAgent, type Unheard } from './hear-agent.ts';
import { restartByHand, startLine } from './start-lines.ts';

export interface VerifyUnclaimedStep {
  kind: 'verify-unclaimed';
  root: string;
  generation: AgentGeneration;
  seconds: number;
  /** How long it has to live without its claim before it is believed to. */
  watchSeconds?: number;
}

/** Waits until the agent says that it has no claim, and no link. Throws CLAIM_STILL_THERE, and LINK_AGENT_SILENT for one that runs and says nothing. */
export const verifyUnclaimed: StepDefinition<VerifyUnclaimedStep, never> = {
  observes: true,
  describe: () => 'Wait until the agent says that it has neither claim nor link',
  inspect: async () => undefined,
  undo: async () => {},
  async run(step, context) {
    const { root, generation, seconds } = step;
    const { system, signal, progress, prove } = context;
    const settings = await agentSettings(root, system, generation);
    const end = system.now() + seconds * 1000;
    for (;;) {
      const hearing = await hearAgent({ root, settings }, system);
      signal.throwIfAborted();
      if (hearing.kind === 'unheard' && system.now() >= end) {
        if (hearing.reason.kind !== 'stopped') throw silent(hearing.reason);
        return prove('The agent does not run: without it there is no link');
      }
      if (hearing.kind === 'heard' && !hearing.info.claimed && !hearing.info.online) {
        prove('The agent says agent-claimed: false and aclk-available: false: the link is down');
        return watch(step, context);
      }
      if (system.now() >= end) throw stillThere(await restartByHand(root, system));
      progress('waiting for the agent to let go of its link');
      await system.sleep(pollMilliseconds, signal);
    }
  },
};

/** An agent that came back meanwhile, under a service manager, is as good as one that stayed. */
async function watch({ root, watchSeconds = 0 }: VerifyUnclaimedStep, { system, signal, progress, prove }: StepContext) {
  if (watchSeconds === 0) return;
  const end = system.now() + watchSeconds * 1000;
  while (system.now() < end) {
    progress(`watching whether the agent lives without its claim, ${Math.ceil((end - system.now()) / 1000)} s left`);
    await system.sleep(watchMilliseconds, signal);
    signal.throwIfAborted();
  }
  if ((await agentProcess(root, system)) === undefined) throw died(root, watchSeconds, await startLine(root, system));
  prove(`The agent still runs ${watchSeconds} s later`);
}

function died(root: string, watchSeconds: number, start: string): KickstartError {
  const { logDirectory } = agentLayout(root);
  return new KickstartError('LINK_AGENT_STOPPED', {
    what: `The node is unclaimed, but the agent stopped within ${watchSeconds} s after that.`,
    why: `Some versions abort when their claim is taken away soon after their start; its log is in ${logDirectory}.`,
    next: `Start it again: ${start}; it goes on without its claim.`,
  });
}

function stillThere(byHand: string): KickstartError {
  return new KickstartError('CLAIM_STILL_THERE', {
    what: 'The agent still says that it is claimed, or online: its link stays up until it is restarted.',
    why: 'Its credentials are gone from the disk, and it keeps them in memory.',
    next: `Restart the agent: it starts without its claim.${byHand}`,
  });
}

function silent({ seen }: Unheard): KickstartError {
  return new KickstartError('LINK_AGENT_SILENT', {
    what: 'The credentials are gone from the disk, and whether the link is down cannot be seen.',
    why: seen,
    next: 'Look in the Cloud whether the node is offline; if it is not, restart the agent.',
  });
}

const pollMilliseconds = 100;
const watchMilliseconds = 1000;
