import { packagesFor } from '../host/build-tools.ts';
import { buildParallelism } from './build-parallelism.ts';
import { buildDependencyStages, fetchDependencySteps } from './cloud-dependencies.ts';
import { neededTools } from './needed-tools.ts';
import type { Stage } from './plan.ts';
import type { SourcePlanInput } from './plan-input.ts';
import { agentArchivePath, sourceDirectory, stageDirectory } from './work-paths.ts';

/** From a release server to a staged install: nothing of it touches the agent that runs. */
export function sourceBuildStages(input: SourcePlanInput): readonly Stage[] {
  const { options, facts, release } = input;
  return [
    ...toolStages(input),
    {
      title: 'Prepare',
      atOnce: 1,
      steps: [
        {
          id: 'create-directory:cache',
          step: { kind: 'create-directory', path: options.cacheDirectory, mode: 0o755, contents: 'keep' },
          reason: 'Archives and built libraries are kept by content, so that a second run builds nothing.',
        },
        {
          id: 'create-directory:work',
          step: { kind: 'create-directory', path: options.workDirectory, mode: 0o700, contents: 'ours' },
          reason: 'Everything is built here, and nothing of it stays.',
          temporary: true,
        },
      ],
    },
    {
      title: 'Fetch',
      atOnce: 4,
      steps: [
        {
          id: `fetch-artifact:netdata-${release.tag}`,
          step: {
            kind: 'fetch-artifact',
            title: `Netdata ${release.tag}`,
            sources: [{ from: 'url', url: release.url }],
            sha256: release.sha256,
            path: agentArchivePath(options, release),
            workDirectory: options.workDirectory,
            keep: options.keepCache,
          },
          reason: `It is the newest release at ${options.releaseUrl}.`,
        },
        ...fetchDependencySteps(input),
      ],
    },
    {
      title: 'Unpack',
      atOnce: 1,
      steps: [
        {
          id: 'unpack-archive:agent',
          step: {
            kind: 'unpack-archive',
            archive: agentArchivePath(options, release),
            destination: sourceDirectory(options),
            stripComponents: 1,
          },
          reason: 'The agent is built from its sources.',
          temporary: true,
        },
      ],
    },
    ...buildDependencyStages(input),
    {
      title: 'Build the agent',
      atOnce: 1,
      steps: [
        {
          id: 'build-agent',
          step: {
            kind: 'build-agent',
            sourceDirectory: sourceDirectory(options),
            stageDirectory: stageDirectory(options),
            root: options.root,
            cloud: options.cloud,
            user: facts.privileges.isRoot ? 'netdata' : facts.privileges.userName,
            jobs: buildParallelism(facts, 1).jobs,
            logPath: `${options.workDirectory}/agent.log`,
          },
          reason: 'It is built beside the running system, and moved into place when it is whole.',
          temporary: true,
        },
      ],
    },
  ];
}

function toolStages({ options, facts }: SourcePlanInput): readonly Stage[] {
  const tools = neededTools(options, facts);
  if (tools.length === 0 || facts.packageManager === undefined) return [];
  const packages = packagesFor(tools, facts.packageManager);
  return [
    {
      title: 'Prepare',
      atOnce: 1,
      steps: [
        {
          id: `install-packages:${packages.join(',')}`,
          step: { kind: 'install-packages', manager: facts.packageManager, packages },
          reason: 'The build needs them, and they are not here.',
        },
      ],
    },
  ];
}
