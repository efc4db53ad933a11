import { agentLayout } from '../host/agent-layout.ts';
import type { Text } from '../system/secret.ts';
import type { ClaimOptions } from './install-options.ts';
import type { PlannedStep } from './plan.ts';
import type { AgentToClaim } from './plan-claim.ts';
import type { PlanInput } from './plan-input.ts';

interface SettingOrder {
  input: PlanInput;
  claim: ClaimOptions;
  agent: AgentToClaim;
}

/** Up to 1.21 the Cloud is off, and its URL is in netdata.conf. Source: spec/claiming-and-link.md 3.3. */
export function optInSteps({ input, claim, agent }: SettingOrder): readonly PlannedStep[] {
  return [
    ...(agent.cloudEnabled
      ? []
      : [
          editStep(
            input,
            agent,
            { section: 'global', key: 'netdata cloud', value: 'enable' },
            'Agents up to 1.21 have the Cloud off.',
          ),
        ]),
    ...(agent.cloudBaseUrl === claim.url
      ? []
      : [
          editStep(
            input,
            agent,
            { section: 'cloud', key: 'cloud base url', value: claim.url },
            'The link looks for the Cloud there.',
          ),
        ]),
  ];
}

/** netdata.conf, whose setting wins over that of cloud.conf in every version that has both. Source: 8.1. */
export function proxySteps({ input, claim, agent }: SettingOrder): readonly PlannedStep[] {
  if (!claim.configureProxy || claim.proxy.from === 'agent') return [];
  const words = { none: 'none', environment: 'env' } as const;
  const value = claim.proxy.from === 'option' ? claim.proxy.url : words[claim.proxy.from];
  return [
    editStep(input, agent, { section: 'cloud', key: 'proxy', value }, 'The link has a setting of its own, and uses that one.'),
  ];
}

interface Setting {
  section: string;
  key: string;
  value: Text;
}

function editStep({ options, runId }: PlanInput, { runAsUser }: AgentToClaim, setting: Setting, reason: string): PlannedStep {
  const { configurationFile: path } = agentLayout(options.root);
  const name = `edit-${setting.key.replaceAll(' ', '-')}-${runId}`;
  return {
    id: name,
    step: {
      ...{ kind: 'edit-configuration', path, ...setting, reader: runAsUser },
      backupDirectory: `${options.stateDirectory}/${name}`,
    },
    reason,
  };
}
