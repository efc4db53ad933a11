import { KickstartError } from '../errors.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import type { StepDefinition } from './definition.ts';
import { type Hearing, hearAgent } from './hear-agent.ts';

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
/** An agent that nobody can ask is taken for one that works when it has run for so long. */
const settleMilliseconds = 2000;

/** Waits until the agent itself answers as the version that was installed. Throws SERVICE_NOT_ANSWERING, BUILD_CLOUD_REQUIRED. */
export const verifyAgent: StepDefinition<VerifyAgentStep, never> = {
  observes: true,
  describe: ({ tag, root }) => `Check that Netdata ${tag} below ${root || '/'} runs and answers`,
  inspect: async () => undefined,
  undo: async () => {},
  async run(step, { system, signal, progress, prove }) {
    const settings = await agentSettings(step.root, system);
    const startedAt = system.now();
    const deadline = startedAt + step.seconds * 1000;
    let hearing = await hearAgent({ root: step.root, settings }, system);
    while (!signal.aborted && !isNew(hearing, step.tag)) {
      if (settings.webPlaces.length === 0 && isMute(hearing) && system.now() >= startedAt + settleMilliseconds) break;
      if (system.now() >= deadline) throw notAnswering(step, settings.port, hearing);
      progress(`waiting for the agent on port ${settings.port}`);
      await system.sleep(pollMilliseconds, signal);
      hearing = await hearAgent({ root: step.root, settings }, system);
    }
    signal.throwIfAborted();
    if (hearing.kind === 'unheard') {
      return prove(
        `Netdata ${step.tag} runs as process ${processIdOf(hearing)}. It has no web server and its control pipe says nothing: that it runs is all that is proven`,
      );
    }
    const { info, door, process } = hearing;
    if (step.cloud === 'require' && !info.cloudAvailable) throw withoutCloud();
    prove(
      door.kind === 'web'
        ? `The agent answers: Netdata ${step.tag} at ${door.socketPath ?? door.url}/api/v1/info`
        : `The agent answers: Netdata ${step.tag}, process ${process.processId}, at its control pipe`,
    );
    prove(`The agent says cloud-enabled: ${info.cloudEnabled}, cloud-available: ${info.cloudAvailable}`);
  },
};

/** A pipe does not tell the version; the program on the disk is the one that was installed. */
function isNew(hearing: Hearing, tag: string): boolean {
  if (hearing.kind === 'unheard') return false;
  const { info, process } = hearing;
  return info.version === undefined ? process.isReplaced === undefined : info.version === tag;
}

function isMute({ process }: Hearing): boolean {
  return process !== undefined && process !== 'unknown' && process.isReplaced === undefined;
}

function processIdOf({ process }: Hearing): number | undefined {
  return process === undefined || process === 'unknown' ? undefined : process.processId;
}

function notAnswering(step: VerifyAgentStep, port: number, hearing: Hearing): KickstartError {
  const last = hearing.kind === 'unheard' ? hearing.reason.seen : `It answers as Netdata ${hearing.info.version}.`;
  return new KickstartError('SERVICE_NOT_ANSWERING', {
    what: `Netdata ${step.tag} does not answer on port ${port}.`,
    why: `It was asked for ${step.seconds} s. ${last}`,
    next: `See ${step.root}/var/log/netdata, and [web] in ${step.root}/etc/netdata/netdata.conf.`,
  });
}

function withoutCloud(): KickstartError {
  return new KickstartError('BUILD_CLOUD_REQUIRED', {
    what: 'The agent was built without Cloud.',
    why: 'It says cloud-available: false, and --require-cloud was given.',
    next: 'See the build log for the library that is missing; or leave out --require-cloud.',
  });
}
