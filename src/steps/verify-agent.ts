import { KickstartError } from '../errors.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import { type AgentInfo, agentInfo } from './agent-info.ts';
import type { StepDefinition } from './definition.ts';

export interface VerifyAgentStep {
  kind: 'verify-agent';
  root: string;
  /** With the leading v; the agent must be this one and no other. */
  tag: string;
  /** require: an agent without Cloud is a failure. */
  cloud: 'detect' | 'require' | 'disable';
  seconds: number;
}

const pollMilliseconds = 100;

/** Waits until the agent answers on its port as the version that was installed. Throws SERVICE_NOT_ANSWERING, BUILD_CLOUD_REQUIRED. */
export const verifyAgent: StepDefinition<VerifyAgentStep, never> = {
  observes: true,
  describe: ({ tag, root }) => `Check that Netdata ${tag} below ${root || '/'} runs and answers`,
  inspect: async () => undefined,
  undo: async () => {},
  async run(step, { system, signal, progress, prove }) {
    const { port } = await agentSettings(step.root, system);
    const deadline = system.now() + step.seconds * 1000;
    let info: AgentInfo | undefined;
    while (!signal.aborted) {
      info = await agentInfo(port, system);
      if (info?.version === step.tag) break;
      if (system.now() >= deadline) throw notAnswering(step, port, info);
      progress(`waiting for the agent on port ${port}`);
      await system.sleep(pollMilliseconds, signal);
    }
    signal.throwIfAborted();
    if (step.cloud === 'require' && info?.cloudAvailable === false) throw withoutCloud();
    prove(`The agent answers: Netdata ${step.tag} at http://127.0.0.1:${port}/api/v1/info`);
    prove(`The agent says cloud-enabled: ${info?.cloudEnabled}, cloud-available: ${info?.cloudAvailable}`);
  },
};

function notAnswering(step: VerifyAgentStep, port: number, info: AgentInfo | undefined): KickstartError {
  return new KickstartError('SERVICE_NOT_ANSWERING', {
    what: `Netdata ${step.tag} does not answer on port ${port}.`,
    why:
      info === undefined
        ? `Nothing answered at http://127.0.0.1:${port}/api/v1/info for ${step.seconds} s.`
        : `Another agent answers there: ${info.version}.`,
    next: `See ${step.root}/var/log/netdata, and "default port" in ${step.root}/etc/netdata/netdata.conf.`,
  });
}

function withoutCloud(): KickstartError {
  return new KickstartError('BUILD_CLOUD_REQUIRED', {
    what: 'The agent was built without Cloud.',
    why: 'It says cloud-available: false, and --require-cloud was given.',
    next: 'See the build log for the library that is missing; or leave out --require-cloud.',
  });
}
