import type { AgentSettings } from './agent-configuration.ts';

/** Where the Cloud of an agent is switched on, and whether it is: what its files say, which it reads when it starts. */
export interface CloudSwitch {
  path: string;
  /** As it is written below [global]. */
  line: string;
  isOn: boolean;
}

/** Undefined from 2.0 on: such an agent has no switch. Source: spec/claiming-and-link.md 3.3. */
export function cloudSwitch({
  generation,
  configurationFile,
  cloudDirectory,
  cloudEnabled,
}: Pick<AgentSettings, 'generation' | 'configurationFile' | 'cloudDirectory' | 'cloudEnabled'>): CloudSwitch | undefined {
  if (generation === 'claim.conf') return undefined;
  return generation === 'claim.d'
    ? { path: configurationFile, line: 'netdata cloud = enable', isOn: cloudEnabled }
    : { path: `${cloudDirectory}/cloud.conf`, line: 'enabled = yes', isOn: cloudEnabled };
}
