import { KickstartError } from '../errors.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import { type AgentInfo, agentInfo } from './agent-info.ts';
import type { StepDefinition } from './definition.ts';

export interface VerifyCloudLinkStep {
  kind: 'verify-cloud-link';
  root: string;
  url: string;
  seconds: number;
}

const pollMilliseconds = 100;

/** Waits until the agent itself says that it is claimed and that its link to the Cloud is up. Throws LINK_NOT_ONLINE. */
export const verifyCloudLink: StepDefinition<VerifyCloudLinkStep, never> = {
  observes: true,
  describe: ({ url }) => `Wait until the agent says that it is online at ${url}`,
  inspect: async () => undefined,
  undo: async () => {},
  async run(step, { system, signal, progress, prove }) {
    const { port } = await agentSettings(step.root, system);
    const deadline = system.now() + step.seconds * 1000;
    let claimed = false;
    while (!signal.aborted) {
      const info = await agentInfo(port, system);
      if (info?.claimed && !claimed) {
        claimed = true;
        prove('The agent says agent-claimed: true');
      }
      if (info?.claimed && info.online) break;
      if (system.now() >= deadline) throw notOnline(step, port, info);
      progress(claimed ? 'claimed; waiting for the link' : 'waiting for the agent to see the claim');
      await system.sleep(pollMilliseconds, signal);
    }
    signal.throwIfAborted();
    prove(`The agent says aclk-available: true: it is online at ${step.url}`);
  },
};

function notOnline(step: VerifyCloudLinkStep, port: number, info: AgentInfo | undefined): KickstartError {
  return new KickstartError('LINK_NOT_ONLINE', {
    what: `The agent did not come online at ${step.url} within ${step.seconds} s.`,
    why: firstFalse(info),
    next: `See http://127.0.0.1:${port}/api/v1/info and ${step.root}/var/log/netdata/error.log; the agent goes on trying by itself.`,
  });
}

function firstFalse(info: AgentInfo | undefined): string {
  if (info === undefined) return 'The agent does not answer.';
  if (!info.cloudEnabled)
    return 'The agent says cloud-enabled: false: Cloud is switched off in cloud.conf, or was disabled in the build.';
  if (!info.cloudAvailable) return 'The agent says cloud-available: false: it was built without what the link needs.';
  if (!info.claimed) return 'The agent says agent-claimed: false: it cannot read its cloud.d directory, or did not reload.';
  return 'The agent says aclk-available: false: its connection is kept up by network, proxy or certificates.';
}
