import type { ReadableSystem } from '../system/system.ts';
import { readIfAllowed } from './allowed-reads.ts';
import { type BuildTool, missingBuildTools } from './build-tools.ts';
import { detectPackageManager } from './detect-package-manager.ts';
import { detectServiceManager } from './detect-service-manager.ts';
import { type Distribution, readDistribution } from './distribution.ts';
import { type ExistingInstall, type ExistingInstallQuestion, existingInstall } from './existing-install.ts';
import { parseSearchPath, standardSearchPath } from './find-program.ts';
import type { PackageManager } from './package-managers.ts';
import { type Platform, readPlatform } from './platform.ts';
import { readPrefix } from './prefix.ts';
import { type Privileges, readPrivileges } from './privileges.ts';
import { readResources } from './resources.ts';
import type { ServiceManager } from './service-managers.ts';
import { agentServiceName, serviceProgram } from './service-program.ts';

/** What the machine is, as plain JSON: can be saved, attached to a bug, used as a fixture. */
export interface HostFacts {
  platform: Platform;
  distribution: Distribution;
  privileges: Privileges;
  /** undefined: none that kickstart knows. */
  packageManager: PackageManager | undefined;
  serviceManager: ServiceManager;
  /** What the agent's service starts on this machine, if it is here; absent without one. */
  serviceProgram?: string;
  hostname: string;
  /** Usable by builds: cores and memory after cgroup limits. */
  cores: number;
  memoryBytes: number;
  /** Build tools that are not here. */
  missingBuildTools: readonly BuildTool[];
  /** Whether the agent's root directory, or the nearest directory above it that exists, can be written. */
  prefixWritable: boolean;
  /** The nearest path at or above the prefix that exists. */
  prefixNearest: string;
  existingInstall: ExistingInstall;
}

export interface FactsQuestion {
  /** The agent's own root; the empty string for the system. */
  root: string;
  stateDirectory: string;
  /** PATH, as it is in the environment. Default: where programs are on any machine. */
  path?: string;
}

/**
 * Asks all that is independent at the same time. Starts few programs: the package manager's own list, where it cannot be read, and, when an
 * agent is here, that agent for its version. What this user may not see is as if it were not there.
 */
export async function gatherHostFacts(question: FactsQuestion, system: ReadableSystem): Promise<HostFacts> {
  const { root, stateDirectory, path } = question;
  const searchPath = path ? parseSearchPath(path) : standardSearchPath;
  const [{ distribution, packageManager, agent }, platform, privileges, service, hostname, resources, tools, prefix] =
    await Promise.all([
      readPackagedWorld({ root, stateDirectory, searchPath }, system),
      readPlatform(system),
      readPrivileges(searchPath, system),
      readService(system),
      readIfAllowed('/proc/sys/kernel/hostname', system),
      readResources(system),
      missingBuildTools(system, searchPath),
      readPrefix(root, system),
    ]);
  return {
    platform,
    distribution,
    privileges,
    packageManager,
    ...service,
    hostname: hostname?.trim() || 'localhost',
    ...resources,
    missingBuildTools: tools,
    ...prefix,
    existingInstall: agent,
  };
}

async function readService(system: ReadableSystem): Promise<Pick<HostFacts, 'serviceManager' | 'serviceProgram'>> {
  const serviceManager = await detectServiceManager(system);
  const program = await serviceProgram(serviceManager, agentServiceName, system);
  return { serviceManager, ...(program === undefined ? {} : { serviceProgram: program }) };
}

// One after the other: the distribution tells the package manager, which tells the installed packages.
async function readPackagedWorld(question: Omit<ExistingInstallQuestion, 'packageManager'>, system: ReadableSystem) {
  const distribution = await readDistribution(system);
  const packageManager = await detectPackageManager(distribution.family, question.searchPath, system);
  return { distribution, packageManager, agent: await existingInstall({ ...question, packageManager }, system) };
}
