import { dirname, join } from 'node:path';
import { catalog } from '../artifacts/catalog.ts';
import { createDirectories } from '../artifacts/directories.ts';
import { isKickstartError, KickstartError } from '../errors.ts';
import { agentLayout } from '../host/agent-layout.ts';
import type { Command, JobPool, Owner, ReadableSystem, System } from '../system/system.ts';
import { agentCommands } from './agent-commands.ts';
import { buildFailure } from './build-failure.ts';
import type { StepContext, StepDefinition } from './definition.ts';

export interface BuildAgentStep {
  kind: 'build-agent';
  sourceDirectory: string;
  /** The libraries of the link, laid out as the tree's externaldeps/; there when one of them was built. */
  externalDirectory: string;
  /** What `make install DESTDIR=` fills; not there before, its parent is. */
  stageDirectory: string;
  /** Where the agent will be: empty, or an absolute path without a trailing slash. */
  root: string;
  /** "1.31.0" */
  version: string;
  cloud: 'detect' | 'require' | 'disable';
  /** Components of the catalog whose own copy of the system is used. */
  systemLibraries: readonly string[];
  /** What its configure or CMake is told beside all this, in its words; the last of two wins. */
  configuration: readonly string[];
  /** CMake makes files for ninja, which is here. */
  ninja?: true;
  /** Whom the agent runs as. */
  user: string;
  jobs: JobPool;
  /** Whose rights the build has. Absent: those of kickstart. */
  builder?: Owner;
  logPath: string;
}

export interface BuildAgentUndo {
  stageDirectory: string;
}

/**
 * Builds the agent from its sources, and installs it into a stage beside the running system: whole, or not at all.
 * Throws BUILD_CLOUD_REQUIRED when its configure refuses to go without Cloud, else BUILD_AGENT_FAILED. Source: spec/kickstart-behaviour.md 4.1, 7.6, 8.6.
 */
export const buildAgent: StepDefinition<BuildAgentStep, BuildAgentUndo> = {
  describe: ({ root }) => `Build the agent for ${root === '' ? 'this system' : root}`,

  async inspect({ stageDirectory }, system) {
    return (await system.stat(stageDirectory)) === undefined ? { stageDirectory } : undefined;
  },

  async run(step, context) {
    const { stageDirectory, root, builder } = step;
    const { system, progress } = context;
    const beside = besideOf(stageDirectory);
    await system.removeTree(beside);
    await system.createDirectory(beside, { mode: 0o755, ...(builder === undefined ? {} : { owner: builder }) });
    await linkLibraries(step, system);
    const { configure, compile, install } = agentCommands(step, await builtLibraries(step, system));
    progress('configuring');
    await runBuild(configure, step, context, step.cloud === 'require');
    progress('compiling');
    await runBuild(compile, step, context);
    progress('installing into the stage');
    await runBuild(install(beside), step, context);
    await sayWhoInstalled(join(beside, agentLayout(root).installTypeFile), system);
    await system.rename(beside, stageDirectory);
  },

  async undo({ stageDirectory }, { system }) {
    await system.removeTree(besideOf(stageDirectory));
    await system.removeTree(stageDirectory);
  },
};

async function linkLibraries({ sourceDirectory, externalDirectory }: BuildAgentStep, system: System): Promise<void> {
  const link = join(sourceDirectory, 'externaldeps');
  if ((await system.stat(externalDirectory)) === undefined) return;
  await system.removeTree(link);
  await system.createLink(link, externalDirectory);
}

/** The agent's own tree says `custom`; this is how a later run, and the agent itself, know an install of ours. Source: spec/kickstart-behaviour.md 4.1. */
async function sayWhoInstalled(installTypeFile: string, system: System): Promise<void> {
  await createDirectories(dirname(installTypeFile), 0o755, system);
  await system.writeFile(installTypeFile, "INSTALL_TYPE='kickstart-build'\n", { mode: 0o644 });
}

async function builtLibraries({ externalDirectory }: BuildAgentStep, system: ReadableSystem): Promise<readonly string[]> {
  const built = catalog.map(async ({ component, outputs: [library] }) => {
    const isThere = library !== undefined && (await system.stat(join(externalDirectory, library.to))) !== undefined;
    return isThere ? [component] : [];
  });
  return (await Promise.all(built)).flat();
}

/** With one slot of the pool, and the builder's rights: what it compiles, and what its makefiles do, is the sources' business and not root's. */
async function runBuild(
  command: Command,
  step: BuildAgentStep,
  { system, signal }: StepContext,
  isCloudAsked = false,
): Promise<void> {
  const { jobs, logPath, builder } = step;
  try {
    await system.run({ ...command, ...(builder === undefined ? {} : { user: builder }), jobs, logPath }, signal);
  } catch (error) {
    if (!isKickstartError(error, 'HOST_COMMAND_FAILED')) throw error;
    throw await failureOf(error, isCloudAsked, step, system);
  }
}

async function failureOf(cause: KickstartError, isCloudAsked: boolean, { logPath }: BuildAgentStep, system: ReadableSystem) {
  const { why, next = 'Repair what it says, and run kickstart again.' } = await buildFailure(cause, logPath, system);
  if (isCloudAsked && /cloud|aclk/i.test(why)) {
    return new KickstartError('BUILD_CLOUD_REQUIRED', {
      what: 'The agent cannot be built with Cloud, and --require-cloud was given.',
      why,
      next: `Repair what it says, or run without --require-cloud to install an agent without Cloud. The whole output is in ${logPath}.`,
      cause,
    });
  }
  return new KickstartError('BUILD_AGENT_FAILED', {
    what: `The agent could not be built: ${cause.what}`,
    why,
    next: `${next} The whole output is in ${logPath}.`,
    cause,
  });
}

function besideOf(stageDirectory: string): string {
  return `${stageDirectory}.building`;
}
