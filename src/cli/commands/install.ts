import { gatherReleases } from '../../artifacts/releases.ts';
import { cloudUnreachable } from '../../cloud/cloud-reachable.ts';
import { execute } from '../../engine/execute.ts';
import { withRunLock } from '../../engine/run-lock.ts';
import { isKickstartError, type KickstartError } from '../../errors.ts';
import { agentSettings } from '../../host/agent-configuration.ts';
import { agentLayout } from '../../host/agent-layout.ts';
import { gatherHostFacts, type HostFacts } from '../../host/facts.ts';
import type { InstallOptions } from '../../plan/install-options.ts';
import type { Plan } from '../../plan/plan.ts';
import { planClaim } from '../../plan/plan-claim.ts';
import { type InstalledAgent, planInstall, planUpgrade } from '../../plan/plan-install.ts';
import { refusals } from '../../plan/refuse.ts';
import type { ReadableSystem } from '../../system/system.ts';
import { installOptions } from '../install-options.ts';
import type { CommandLine } from '../options.ts';
import { planText } from '../plan-text.ts';
import { refuse } from '../refuse.ts';
import { showRun } from '../show-run.ts';
import { waitFor } from '../wait-for.ts';
import type { World } from '../world.ts';

/** Installs, upgrades or claims, whichever the machine and the options ask for. Returns the exit status. */
export async function install(line: CommandLine, world: World): Promise<number> {
  const options = await installOptions(line, world, world.system);
  const how = { json: line.given.has('json'), dryRun: line.given.has('dry-run') };
  const status = await runInstall(options, how, world);
  if (status === 0 && !how.json && !how.dryRun) world.output.write(await whatNow(line, options.root, world));
  return status;
}

async function whatNow({ values }: CommandLine, root: string, { system, commandName }: World): Promise<string> {
  const { port } = await agentSettings(root, system);
  const named = (['install', 'state-directory'] as const).flatMap((name) =>
    values[name] === undefined ? [] : [`--${name} ${values[name]}`],
  );
  return [
    '',
    `Look at it:    http://127.0.0.1:${port}/api/v1/info`,
    `Take it away:  ${[commandName, 'uninstall', ...named].join(' ')}`,
    '',
  ].join('\n');
}

/** The whole job for these options; also what a rehearsal rehearses. */
export async function runInstall(
  options: InstallOptions,
  how: { json: boolean; dryRun: boolean },
  world: World,
): Promise<number> {
  const { system, environment } = world;
  const question = {
    root: options.root,
    stateDirectory: options.stateDirectory,
    ...(environment.PATH && { path: environment.PATH }),
  };
  const facts = await waitFor('Looking at this machine', gatherHostFacts(question, system), how.json, world);
  const reasons = refusals(options, facts);
  if (reasons.length > 0) return refuse(reasons, how.json, world);
  const runId = newRunId(system);
  const plan = await waitFor('Asking the release server and the Cloud', makePlan(options, facts, runId, system), how.json, world);
  if ('refused' in plan) return refuse(plan.refused, how.json, world);
  if (how.dryRun) {
    world.output.write(how.json ? `${JSON.stringify(plan)}\n` : planText(plan));
    return 0;
  }
  return runPlan(plan, { ...options, runId, json: how.json }, world);
}

/** Walks a plan with everything around it: the lock, the view, the exit status. */
export function runPlan(plan: Plan, how: PlanRun, world: World): Promise<number> {
  const { system, version, signal, processId } = world;
  const { stateDirectory, onFailure, runId } = how;
  return withRunLock({ stateDirectory, processId, system }, () =>
    showRun(how, world, (emit) => execute(plan, { system, version, signal, runId, stateDirectory, onFailure, emit })),
  );
}

type PlanRun = Pick<InstallOptions, 'stateDirectory' | 'onFailure'> & { runId: string; json: boolean };

/** What to do depends on what is here. Every reason against it is collected. */
async function makePlan(
  options: InstallOptions,
  facts: HostFacts,
  runId: string,
  system: ReadableSystem,
): Promise<Plan | { refused: readonly KickstartError[] }> {
  const { claim } = options;
  const noCloud =
    claim === undefined
      ? undefined
      : await cloudUnreachable({ url: claim.url, ...(claim.ca && { caFile: claim.ca.file }) }, system);
  const installed = await installedAgent(facts, options.root, system);
  if (claim !== undefined && installed !== undefined) {
    return noCloud === undefined ? planClaim({ options, facts, runId }, claim, installed) : { refused: [noCloud] };
  }
  const release = await latestRelease(options, system);
  const refused = [release, noCloud].filter((reason) => isKickstartError(reason));
  if (refused.length > 0 || isKickstartError(release)) return { refused };
  const input = { options, facts, runId, release };
  return installed === undefined ? planInstall(input) : planUpgrade(input, installed);
}

async function latestRelease({ releaseUrl }: InstallOptions, system: ReadableSystem) {
  try {
    return (await gatherReleases({ releaseUrl }, system)).agent;
  } catch (error) {
    if (isKickstartError(error)) return error;
    throw error;
  }
}

/** The agent that can be claimed or upgraded as it is; what must not be touched was refused before. */
async function installedAgent(
  { existingInstall: existing }: HostFacts,
  root: string,
  system: ReadableSystem,
): Promise<InstalledAgent | undefined> {
  if (existing.kind === 'none' || existing.kind === 'unfinished') return undefined;
  const settings = await agentSettings(root, system);
  return {
    version: existing.version ?? 'of an unknown version',
    claimed: existing.kind === 'ours' && existing.claimedId !== undefined && settings.cloudEnabled,
    cloudUrl: settings.cloudBaseUrl ?? 'https://app.netdata.cloud',
    privateCa: (await system.stat(agentLayout(root).privateCaFile)) !== undefined,
    byHand: existing.kind === 'foreign',
  };
}

/** Sorts by time, and is unique even for two runs in one second. */
export function newRunId(system: ReadableSystem): string {
  return `${new Date(system.now()).toISOString().replace(/[-:]|\.\d+/g, '')}-${system.randomUuid().slice(0, 8)}`;
}
