import { KickstartError } from '../../errors.ts';
import { agentSettings } from '../../host/agent-configuration.ts';
import { webUrl } from '../../host/web-places.ts';
import { becauseOf, type InstallOptions } from '../../plan/install-options.ts';
import type { Goal, Plan } from '../../plan/plan.ts';
import { refusals } from '../../plan/refuse.ts';
import { pasteable } from '../advice.ts';
import { choosePlan } from '../choose-plan.ts';
import { installOptions } from '../install-options.ts';
import { launcherOptions } from '../launcher.ts';
import { lookAtMachine } from '../look-at-machine.ts';
import type { CommandLine } from '../options.ts';
import { refuse } from '../refuse.ts';
import { newRunId, runPlan } from '../run-plan.ts';
import { showPlan } from '../show-plan.ts';
import { waitFor } from '../wait-for.ts';
import type { World } from '../world.ts';

/** Installs, upgrades or claims, whichever the machine and the options ask for. Returns the exit status. */
export async function install(line: CommandLine, world: World): Promise<number> {
  const how = { json: line.given.has('json'), dryRun: line.given.has('dry-run') };
  const advise = (text: string) => (how.json ? undefined : world.output.complain(`${text}\n`));
  for (const note of line.notes) advise(note);
  const asked = await installOptions(line, { ...world, advise }, world.system);
  const options = { ...asked, ...(await launcherOptions(asked.stateDirectory, world)) };
  const { status, goal } = await runInstall(options, how, world);
  if (status === 0 && goal !== undefined && !how.json) world.output.write(await whatNow(goal, options.root, world));
  return status;
}

/** A claim does not make an agent kickstart's: what it did is taken back by an unclaim. */
async function whatNow(goal: Goal, root: string, world: World): Promise<string> {
  const { webPlaces } = await agentSettings(root, world.system);
  const url = webUrl(webPlaces);
  const lines = [
    '',
    `Look at it:    ${url === undefined ? '' : `${url}/api/v1/info, `}kickstart status`,
    goal === 'claim' ? 'Unclaim it:    kickstart unclaim' : 'Take it away:  kickstart uninstall',
    '',
  ];
  return pasteable(lines.join('\n'), world);
}

interface RanInstall {
  status: number;
  /** Of the plan that was walked; absent when none was. */
  goal?: Goal;
}

/** The whole job for these options; also what a rehearsal rehearses. */
export async function runInstall(
  options: InstallOptions,
  how: { json: boolean; dryRun: boolean },
  world: World,
): Promise<RanInstall> {
  const run = { options, json: how.json, runId: newRunId(world.system) };
  const plan = await lookAndChoose(run, world);
  if ('refused' in plan) return { status: refuse(plan.refused, how.json, world) };
  if (how.dryRun) return { status: await showPlan(plan, { ...options, json: how.json }, world) };
  // An agent that is here may have another claim once the half-done one of an earlier run is taken back; a fresh install goes on as it was.
  const again = plan.goal === 'install' ? {} : { planAgain: () => planAgain(run, world) };
  const status = await runPlan(plan, { ...options, ...again, runId: run.runId, json: how.json }, world);
  return { status, goal: plan.goal };
}

interface PlannedRun {
  options: InstallOptions;
  json: boolean;
  runId: string;
}

async function lookAndChoose({ options, json, runId }: PlannedRun, world: World): ReturnType<typeof choosePlan> {
  const facts = await lookAtMachine(options, { claims: options.claim !== undefined, json }, world);
  const reasons = refusals(options, facts);
  if (reasons.length > 0) return { refused: reasons.map((reason) => withCause(reason, options)) };
  const choice = choosePlan({ options, facts, runId }, world.system);
  const plan = await waitFor('Asking the release server and the Cloud', choice, json, world);
  return 'refused' in plan ? { refused: plan.refused.map((reason) => withCause(reason, options)) } : plan;
}

/** A variable that is set in the session, and forgotten, makes a claim of every install. */
function withCause(reason: KickstartError, { claim, claimOnly }: InstallOptions): KickstartError {
  if (claim?.tokenFrom === undefined || claimOnly) return reason;
  const { code, what, why, next, cause } = reason;
  return new KickstartError(code, { what, why: `${why} ${becauseOf(claim.tokenFrom)}`, next, cause });
}

async function planAgain(run: PlannedRun, world: World): Promise<Plan> {
  const plan = await lookAndChoose(run, world);
  if ('refused' in plan) throw new AggregateError(plan.refused);
  return plan;
}
