import type { Owner, ReadableSystem } from '../system/system.ts';
import { agentSettings } from './agent-configuration.ts';
import { agentLayout } from './agent-layout.ts';
import { agentProgram } from './agent-program.ts';
import { readIfAllowed } from './allowed-reads.ts';
import { type BuildTool, missingBuildTools } from './build-tools.ts';
import { builderUsers } from './builder.ts';
import { changedByOthers, type OthersPlace, ownSearchPath } from './changed-by-others.ts';
import { cmakeVersion } from './cmake-version.ts';
import { detectPackageManager } from './detect-package-manager.ts';
import { detectServiceManager } from './detect-service-manager.ts';
import { type Distribution, readDistribution } from './distribution.ts';
import { type ExistingInstall, type ExistingInstallQuestion, existingInstall } from './existing-install.ts';
import { findProgram, parseSearchPath, standardSearchPath } from './find-program.ts';
import { opensslVersion } from './openssl-version.ts';
import { type PlacePurpose, type UnusablePlace, unusablePlaces } from './own-places.ts';
import type { PackageManager } from './package-managers.ts';
import { type Platform, readPlatform } from './platform.ts';
import { type PortHolder, portHolder } from './port-holder.ts';
import { readPrefix } from './prefix.ts';
import { type Privileges, readPrivileges } from './privileges.ts';
import { readResources } from './resources.ts';
import type { ServiceManager } from './service-managers.ts';
import { agentServiceName, serviceProgram } from './service-program.ts';
import { type SystemLibraryQuestion, systemLibraries } from './system-libraries.ts';

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
  /** ninja is here, under one of its names. */
  ninja?: true;
  /** "3.25.1"; absent where there is no cmake. */
  cmakeVersion?: string;
  /** Component of the catalog, or library of a part of the agent → version of the system's own copy that programs can be linked with. */
  systemLibraries: Readonly<Partial<Record<string, string>>>;
  /** Of the headers that the compiler finds: "3.0.17", "1.0.1f"; undefined where there are none. */
  opensslVersion: string | undefined;
  /** Users that nobody is, as whom root can compile. Absent for other users, and where there can be none. */
  builders?: readonly Owner[];
  /** Whether the agent's root directory, or the nearest directory above it that exists, can be written. */
  prefixWritable: boolean;
  /** The nearest path at or above the prefix that exists. */
  prefixNearest: string;
  existingInstall: ExistingInstall;
  /** Of kickstart's own directories and the agent's those that cannot be used; absent: all can. */
  unusablePlaces?: readonly UnusablePlace[];
  /** Another program that listens where the agent would. */
  busyPort?: PortHolder;
  /** Where others than root can change the agent's programs, or could when they are there. For root only. */
  othersPlace?: OthersPlace;
}

export interface FactsQuestion {
  /** The agent's own root; the empty string for the system. */
  root: string;
  stateDirectory: string;
  build: BuildQuestion;
  /** Directories that are going to be used, to be looked at. */
  places?: Readonly<Partial<Record<PlacePurpose, string>>>;
  /** PATH, as it is in the environment. Default: where programs are on any machine. */
  path?: string;
}

export interface BuildQuestion {
  /** An agent that is here is claimed as it is: then nothing is built. */
  claims: boolean;
  /** Where builds will be: whether a lesser user can work there. */
  workDirectory: string;
  /** Component → what would be the system's own copy of it. */
  libraries: Readonly<Record<string, SystemLibraryQuestion>>;
}

/**
 * Asks all that is independent at the same time. Starts few programs: the package manager's own list, where it cannot be read; when
 * an agent is here, that agent for its version; before a build pkg-config, the preprocessor and getent. What this user may not see is as if it were not there.
 */
export async function gatherHostFacts(question: FactsQuestion, system: ReadableSystem): Promise<HostFacts> {
  const { root, stateDirectory, build, path } = question;
  const searchPath = await ownSearchPath(path ? parseSearchPath(path) : standardSearchPath, system);
  const [{ distribution, packageManager, agent }, platform, privileges, service, hostname, resources, prefix] = await Promise.all(
    [
      readPackagedWorld({ root, stateDirectory, searchPath }, system),
      readPlatform(system),
      readPrivileges(searchPath, system),
      readService(system),
      readIfAllowed('/proc/sys/kernel/hostname', system),
      readResources(system),
      readPrefix(root, system),
    ],
  );
  return {
    platform,
    distribution,
    privileges,
    packageManager,
    ...service,
    hostname: hostname?.trim() || 'localhost',
    ...resources,
    ...(await readBuildWorld(build, agent, searchPath, system)),
    ...prefix,
    existingInstall: agent,
    ...(await readOthersPlace(root, agent, system)),
    ...(await readPlaces(question, system)),
    ...(await readPort(root, agent, system)),
  };
}

async function readPlaces({ places }: FactsQuestion, system: ReadableSystem): Promise<Pick<HostFacts, 'unusablePlaces'>> {
  const unusable = places === undefined ? [] : await unusablePlaces(places, system);
  return unusable.length === 0 ? {} : { unusablePlaces: unusable };
}

async function readOthersPlace(
  root: string,
  agent: ExistingInstall,
  system: ReadableSystem,
): Promise<Pick<HostFacts, 'othersPlace'>> {
  const { netdata, netdatacli } = agentLayout(root);
  const programs = agent.kind === 'foreign' ? [agent.path, netdatacli] : [netdata, netdatacli];
  const places = await Promise.all(programs.map((path) => changedByOthers(path, system)));
  const othersPlace = places.find((place) => place !== undefined);
  return othersPlace === undefined ? {} : { othersPlace };
}

/** An agent that is here has its port, when it runs; for one of ours that does not run somebody else may have it. */
async function readPort(root: string, agent: ExistingInstall, system: ReadableSystem): Promise<Pick<HostFacts, 'busyPort'>> {
  if (agent.kind !== 'none' && agent.kind !== 'ours') return {};
  const { webPlaces } = await agentSettings(root, system, 'cloud.d');
  const program = await agentProgram(root, system);
  const isOwn = async (processId: number) => {
    const link = `/proc/${processId}/exe`;
    const executable = await system.readLink(link).catch(() => undefined);
    return executable === undefined
      ? false
      : executable.replace(/ \(deleted\)$/, '') === program || system.isSameFile(link, program);
  };
  const busyPort = await portHolder(webPlaces, system, isOwn);
  // Whose process it is was not seen: it may be the agent's.
  if (busyPort === undefined || (agent.kind === 'ours' && busyPort.processId === undefined)) return {};
  return { busyPort };
}

async function readService(system: ReadableSystem): Promise<Pick<HostFacts, 'serviceManager' | 'serviceProgram'>> {
  const serviceManager = await detectServiceManager(system);
  const program = await serviceProgram(serviceManager, agentServiceName, system);
  return { serviceManager, ...(program === undefined ? {} : { serviceProgram: program }) };
}

type BuildWorld = Pick<
  HostFacts,
  'missingBuildTools' | 'systemLibraries' | 'opensslVersion' | 'builders' | 'ninja' | 'cmakeVersion'
>;

async function readBuildWorld(
  { claims, workDirectory, libraries }: BuildQuestion,
  agent: ExistingInstall,
  searchPath: readonly string[],
  system: ReadableSystem,
): Promise<BuildWorld> {
  if (claims && (agent.kind === 'ours' || agent.kind === 'foreign'))
    return { missingBuildTools: [], systemLibraries: {}, opensslVersion: undefined };
  const [missing, found, version, builders, ninja, cmake] = await Promise.all([
    missingBuildTools(system, searchPath),
    systemLibraries(libraries, searchPath, system),
    opensslVersion(searchPath, system),
    builderUsers(workDirectory, system),
    findProgram(['ninja', 'ninja-build', 'samu'], searchPath, system),
    cmakeVersion(searchPath, system),
  ]);
  const generator = { ...(ninja && { ninja: true as const }), ...(cmake && { cmakeVersion: cmake }) };
  return {
    ...generator,
    missingBuildTools: missing,
    systemLibraries: found,
    opensslVersion: version,
    ...(builders.length === 0 ? {} : { builders }),
  };
}

// One after the other: the distribution tells the package manager, which tells the installed packages.
async function readPackagedWorld(question: Omit<ExistingInstallQuestion, 'packageManager'>, system: ReadableSystem) {
  const distribution = await readDistribution(system);
  const packageManager = await detectPackageManager(distribution.family, question.searchPath, system);
  return { distribution, packageManager, agent: await existingInstall({ ...question, packageManager }, system) };
}
