import type { BuildTool } from './build-tools.ts';
import type { Distribution } from './distribution.ts';
import type { ExistingInstall } from './existing-install.ts';
import type { PackageManager } from './package-managers.ts';
import type { Platform } from './platform.ts';
import type { Privileges } from './privileges.ts';
import type { ServiceManager } from './service-managers.ts';

/** What the machine is, as plain JSON: can be saved, attached to a bug, used as a fixture. */
export interface HostFacts {
  platform: Platform;
  distribution: Distribution;
  privileges: Privileges;
  /** undefined: none that kickstart knows. */
  packageManager: PackageManager | undefined;
  serviceManager: ServiceManager;
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
