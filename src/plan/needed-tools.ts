import type { BuildTool } from '../host/build-tools.ts';
import type { HostFacts } from '../host/facts.ts';
import { packageManagers } from '../host/package-managers.ts';
import type { InstallOptions } from './install-options.ts';

// An agent without Cloud links nothing but the C library.
const toolsOfAgent: ReadonlySet<BuildTool> = new Set(['c-compiler', 'c-headers', 'make']);

type Cloud = Pick<InstallOptions, 'cloud'>;

/** What is missing on this machine for this build, and can be installed. */
export function toolsToInstall({ cloud }: Cloud, facts: HostFacts): readonly BuildTool[] {
  if (!canInstallPackages(facts)) return [];
  return facts.missingBuildTools.filter((tool) => cloud !== 'disable' || toolsOfAgent.has(tool));
}

/** What is missing, cannot be installed, and without which there is nothing to install: in the default mode an agent without Cloud is something. */
export function toolsInTheWay({ cloud }: Cloud, facts: HostFacts): readonly BuildTool[] {
  if (canInstallPackages(facts)) return [];
  return facts.missingBuildTools.filter((tool) => cloud === 'require' || toolsOfAgent.has(tool));
}

/** What is missing, cannot be installed, and will cost the agent its link to the Cloud. */
export function toolsForCloud({ cloud }: Cloud, facts: HostFacts): readonly BuildTool[] {
  if (cloud !== 'detect' || canInstallPackages(facts)) return [];
  return facts.missingBuildTools.filter((tool) => !toolsOfAgent.has(tool));
}

export function canInstallPackages({ packageManager, privileges }: Pick<HostFacts, 'packageManager' | 'privileges'>): boolean {
  return privileges.isRoot && packageManager !== undefined && packageManagers[packageManager].unattended !== undefined;
}
