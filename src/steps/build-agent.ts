import { dirname, join } from 'node:path';
import { catalog } from '../artifacts/catalog.ts';
import { createDirectories } from '../artifacts/directories.ts';
import { isKickstartError, KickstartError } from '../errors.ts';
import { agentLayout } from '../host/agent-layout.ts';
import type { ReadableSystem, System } from '../system/system.ts';
import { causeOf } from './compiler-lines.ts';
import type { StepContext, StepDefinition } from './definition.ts';

export interface BuildAgentStep {
  kind: 'build-agent';
  sourceDirectory: string;
  /** What `make install DESTDIR=` fills; not there before, its parent is. */
  stageDirectory: string;
  /** Where the agent will be: empty, or an absolute path without a trailing slash. */
  root: string;
  cloud: 'detect' | 'require' | 'disable';
  /** Whom the agent runs as. */
  user: string;
  jobs: number;
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
    const { stageDirectory, root, jobs } = step;
    const { system, progress } = context;
    const beside = besideOf(stageDirectory);
    await system.removeTree(beside);
    progress('configuring');
    await runBuild('./configure', await configureArguments(step, system), step, context);
    progress('compiling');
    await runBuild('make', [`-j${jobs}`], step, context);
    progress('installing into the stage');
    await runBuild('make', ['install', `DESTDIR=${beside}`], step, context);
    await sayWhoInstalled(join(beside, agentLayout(root).installTypeFile), system);
    await system.rename(beside, stageDirectory);
  },

  async undo({ stageDirectory }, { system }) {
    await system.removeTree(besideOf(stageDirectory));
    await system.removeTree(stageDirectory);
  },
};

/** The agent's own tree says `custom`; this is how a later run, and the agent itself, know an install of ours. Source: spec/kickstart-behaviour.md 4.1. */
async function sayWhoInstalled(installTypeFile: string, system: System): Promise<void> {
  await createDirectories(dirname(installTypeFile), 0o755, system);
  await system.writeFile(installTypeFile, "INSTALL_TYPE='kickstart-build'\n", { mode: 0o644 });
}

async function configureArguments(
  { root, cloud, user, sourceDirectory }: BuildAgentStep,
  system: ReadableSystem,
): Promise<readonly string[]> {
  const paths = { prefix: 'usr', sysconfdir: 'etc', localstatedir: 'var', libexecdir: 'usr/libexec', libdir: 'usr/lib' };
  const flags = await Promise.all(
    catalog.map(async ({ configureFlag, outputs: [library] }) => {
      const there = library !== undefined && (await system.stat(join(sourceDirectory, 'externaldeps', library.to))) !== undefined;
      return there && configureFlag !== undefined ? [configureFlag] : [];
    }),
  );
  return [
    ...Object.entries(paths).map(([name, below]) => `--${name}=${root}/${below}`),
    ...['--with-zlib', '--with-math', `--with-user=${user}`],
    ...cloudFlags[cloud],
    ...(cloud === 'disable' ? [] : flags.flat()),
  ];
}

async function runBuild(program: string, given: readonly string[], step: BuildAgentStep, { system, signal }: StepContext) {
  const { sourceDirectory: directory, logPath } = step;
  try {
    await system.run({ program, arguments: given, directory, logPath }, signal);
  } catch (error) {
    if (!isKickstartError(error, 'HOST_COMMAND_FAILED')) throw error;
    throw await buildFailed(error, program === './configure' && step.cloud === 'require', step, system);
  }
}

async function buildFailed(failure: KickstartError, configuring: boolean, { logPath }: BuildAgentStep, system: ReadableSystem) {
  const why = await causeOf(failure, logPath, system);
  const cause = failure;
  if (configuring && /cloud|aclk/i.test(why)) {
    return new KickstartError('BUILD_CLOUD_REQUIRED', {
      what: 'The agent cannot be built with Cloud, and --require-cloud was given.',
      why,
      next: `Repair what it says, or run without --require-cloud to install an agent without Cloud. The whole output is in ${logPath}, which stays only with --keep-on-failure.`,
      cause,
    });
  }
  return new KickstartError('BUILD_AGENT_FAILED', {
    what: `The agent could not be built: ${failure.what}`,
    why,
    next: `Repair what it says, and run kickstart again. The whole output is in ${logPath}, which stays only with --keep-on-failure.`,
    cause,
  });
}

function besideOf(stageDirectory: string): string {
  return `${stageDirectory}.building`;
}

// --enable-cloud makes configure fail where it would otherwise go on without.
const cloudFlags: Readonly<Record<BuildAgentStep['cloud'], readonly string[]>> = {
  detect: [],
  require: ['--enable-cloud'],
  disable: ['--disable-cloud'],
};
