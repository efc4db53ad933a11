import type { BuildTool } from '../host/build-tools.ts';
import { type NeedOf, needsOf } from './agent-needs.ts';
import { canInstallPackages } from './can-install-packages.ts';
import { cloudLibraries } from './library-ways.ts';
import type { SourcePlanInput } from './plan-input.ts';

/** What is missing on this machine for this build, by what needs it. */
interface MissingTools {
  agent: readonly BuildTool[];
  cloud: readonly BuildTool[];
  features: readonly BuildTool[];
}

/** What is missing and can be installed. */
export function toolsToInstall(input: SourcePlanInput): MissingTools {
  if (!canInstallPackages(input.facts)) return nothing;
  const missing = missingTools(input);
  // CMake is told that the plugins are made, so what they need has to be there.
  return { ...missing, agent: [...missing.agent, ...missingForPlugins(input)] };
}

function missingForPlugins({ facts, release }: SourcePlanInput): readonly BuildTool[] {
  const isUsed = (tool: BuildTool) => tool !== 'libsystemd' || facts.serviceManager === 'systemd';
  return needsOf('plugin', release.version).filter((tool) => facts.missingBuildTools.includes(tool) && isUsed(tool));
}

/** What is missing, cannot be installed, and without which there is nothing to install: in the default mode an agent without Cloud is something. */
export function toolsInTheWay(input: SourcePlanInput): readonly BuildTool[] {
  if (canInstallPackages(input.facts)) return [];
  const { agent, cloud } = missingTools(input);
  return input.options.cloud === 'require' ? [...agent, ...cloud] : agent;
}

/** What is missing, cannot be installed, and will cost the agent its link to the Cloud. */
export function toolsForCloud(input: SourcePlanInput): readonly BuildTool[] {
  if (input.options.cloud !== 'detect' || canInstallPackages(input.facts)) return [];
  return missingTools(input).cloud;
}

function missingTools(input: SourcePlanInput): MissingTools {
  const { facts, options, release } = input;
  const missing = (kind: NeedOf) => needsOf(kind, release.version).filter((tool) => facts.missingBuildTools.includes(tool));
  const builds = cloudLibraries(input).some(({ way }) => way.from === 'sources');
  const cloud = options.cloud === 'disable' ? [] : missing('cloud');
  return { agent: missing('agent'), cloud: [...cloud, ...(builds ? missing('library') : [])], features: missing('feature') };
}

const nothing: MissingTools = { agent: [], cloud: [], features: [] };
