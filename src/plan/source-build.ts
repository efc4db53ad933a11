import { packagesFor } from '../host/build-tools.ts';
import type { PackageManager } from '../host/package-managers.ts';
import { sharedMode } from '../system/shared-directory.ts';
import { isBuiltWithCmake } from './agent-needs.ts';
import { builderOf } from './builders.ts';
import { buildDependencySteps, isWithoutCloud, libraryPackages, systemLibraries } from './cloud-dependencies.ts';
import { jobPool } from './job-pool.ts';
import { toolsToInstall } from './needed-tools.ts';
import { ownBuildWords } from './own-build.ts';
import type { PlannedStep, Stage } from './plan.ts';
import type { SourcePlanInput } from './plan-input.ts';
import * as paths from './work-paths.ts';

/** From a release server to a staged install: nothing of it touches the agent that runs. */
export function sourceBuildStages(input: SourcePlanInput): readonly Stage[] {
  const fetchAndBuild = [fetchAgentStep(input), ...buildDependencySteps(input)];
  return [
    ...toolStages(input),
    { title: 'Prepare', atOnce: 1, steps: [...directorySteps(input), ...opensslSteps(input)] },
    // All at once: what bounds the load is the job pool, in which every compiler has its slot.
    { title: 'Fetch and build', atOnce: fetchAndBuild.length, steps: fetchAndBuild },
    { title: 'Build the agent', atOnce: 1, steps: [buildAgentStep(input)] },
  ];
}

function toolStages(input: SourcePlanInput): readonly Stage[] {
  const { packageManager } = input.facts;
  if (packageManager === undefined) return [];
  const steps = packageSteps(packageManager, input);
  return steps.length === 0 ? [] : [{ title: 'Prepare', atOnce: 1, steps }];
}

/** What an agent can be without is a step of its own: when that cannot be installed, the agent is built without Cloud, or has less. */
function packageSteps(manager: PackageManager, input: SourcePlanInput): readonly PlannedStep[] {
  const tools = toolsToInstall(input);
  // CMake ends with an error where configure goes on without Cloud.
  const isRequired = input.options.cloud !== 'detect' || isBuiltWithCmake(input.release.version);
  const cloud = [...packagesFor(tools.cloud, manager), ...libraryPackages(input)];
  const agent = new Set([...packagesFor(tools.agent, manager), ...(isRequired ? cloud : [])]);
  const ofCloud = [...new Set(cloud)].filter((name) => !agent.has(name));
  const features = packagesFor(tools.features, manager).filter((name) => !agent.has(name));
  return [
    ...installSteps(manager, [...agent], { reason: 'The build needs them, and they are not here.' }),
    ...installSteps(manager, ofCloud, {
      reason: 'The libraries of the link to the Cloud are built with them, and they are not here.',
      optional: {
        sentence: `Could not install what the link to Netdata Cloud is built with (${ofCloud.join(', ')}). The install process will continue, but you may not be able to connect this node to Netdata Cloud.`,
      },
    }),
    ...installSteps(manager, features, {
      reason: 'Optional parts of the agent are built with them.',
      optional: {
        sentence: `Could not install ${features.join(', ')}. The agent is built without what needs it.`,
      },
    }),
  ];
}

type Why = Pick<PlannedStep, 'reason' | 'optional'>;

function installSteps(manager: PackageManager, packages: readonly string[], why: Why): readonly PlannedStep[] {
  if (packages.length === 0) return [];
  const step = { kind: 'install-packages', manager, packages } as const;
  return [{ id: `install-packages:${packages.join(',')}`, step, ...why }];
}

function directorySteps(input: SourcePlanInput): readonly PlannedStep[] {
  const { options } = input;
  return [
    {
      id: 'create-directory:cache',
      step: { kind: 'create-directory', path: options.cacheDirectory, mode: sharedMode, contents: 'keep' },
      reason: 'Archives and built libraries are kept by content, so that a second run builds nothing.',
    },
    {
      id: 'create-directory:work',
      // Others may look: where a lesser user compiles, it has to get to its own directories below this one.
      step: { kind: 'create-directory', path: options.workDirectory, mode: 0o755, contents: 'ours', sharedParent: true },
      reason: 'Everything is built here, and nothing of it stays.',
      temporary: true,
    },
    {
      id: 'create-directory:logs',
      step: { kind: 'create-directory', path: paths.logsDirectory(options), mode: 0o700, contents: 'keep' },
      reason: 'What the builds say is kept here until the uninstall.',
      evidence: true,
    },
    {
      id: `create-directory:logs-${input.runId}`,
      step: { kind: 'create-directory', path: paths.logDirectory(input), mode: 0o700, contents: 'ours' },
      reason: 'What the builds of this run say; when one fails, it stays.',
      evidence: true,
    },
  ];
}

/** Said before anything is built on it, and never in the way: an agent with an old OpenSSL connects all the same. */
function opensslSteps(input: SourcePlanInput): readonly PlannedStep[] {
  const { options } = input;
  if (options.cloud === 'disable') return [];
  return [
    {
      id: 'verify-openssl',
      step: {
        kind: 'verify-openssl',
        directory: `${options.workDirectory}/openssl`,
        ...builderOf('openssl', input),
        logPath: paths.logPath(input, 'openssl'),
      },
      reason: "The agent's link to the Cloud is secured by this system's OpenSSL.",
      optional: { sentence: opensslUnusable, sentenceFor: { BUILD_OPENSSL_OLD: opensslOld } },
      temporary: true,
    },
  ];
}

function fetchAgentStep(input: SourcePlanInput): PlannedStep {
  const { options, release } = input;
  const { builder } = builderOf('agent', input);
  const owner = builder === undefined ? {} : { owner: builder };
  return {
    id: `fetch-artifact:netdata-${release.tag}`,
    step: {
      kind: 'fetch-artifact',
      title: `Netdata ${release.tag}`,
      sources: [{ from: 'url', url: release.url }],
      sha256: release.sha256,
      path: paths.agentArchivePath(options, release),
      workDirectory: options.workDirectory,
      keep: options.keepCache,
      ...(options.caFile === undefined ? {} : { caFile: options.caFile }),
      unpack: { destination: paths.sourceDirectory(options), stripComponents: 1, ...owner },
    },
    reason: `It is the newest release at ${options.releaseUrl}.`,
  };
}

function buildAgentStep(input: SourcePlanInput): PlannedStep {
  const { options, facts, release } = input;
  return {
    id: 'build-agent',
    step: {
      kind: 'build-agent',
      sourceDirectory: paths.sourceDirectory(options),
      externalDirectory: paths.externalDirectory(options),
      stageDirectory: paths.stageDirectory(options),
      root: options.root,
      version: release.version,
      cloud: isWithoutCloud(input) ? 'disable' : options.cloud,
      systemLibraries: systemLibraries(input),
      configuration: ownBuildWords(input),
      ...(facts.ninja && isBuiltWithCmake(release.version) ? { ninja: true } : {}),
      user: facts.privileges.isRoot ? 'netdata' : facts.privileges.userName,
      jobs: jobPool(input),
      ...builderOf('agent', input),
      logPath: paths.logPath(input, 'agent'),
    },
    reason: 'It is built beside the running system, and moved into place when it is whole.',
    temporary: true,
  };
}

const opensslUnusable = 'The OpenSSL of this system cannot be used, so the agent will not be able to connect to Netdata Cloud.';
// Source: seeds/002 "older distributions".
export const opensslOld =
  'The OpenSSL of this system is outdated: the agent will connect to Netdata Cloud with hostname verification disabled, which is open to man-in-the-middle attacks. Install the static build instead.';
