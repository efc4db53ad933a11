import { agentSettings } from '../../host/agent-configuration.ts';
import { webUrl } from '../../host/web-places.ts';
import type { InstallOptions } from '../../plan/install-options.ts';
import type { Plan } from '../../plan/plan.ts';
import { refusals } from '../../plan/refuse.ts';
import { choosePlan } from '../choose-plan.ts';
import { installOptions } from '../install-options.ts';
import { launcherText } from '../launcher.ts';
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
  const launcher = await launcherText(world);
  const options = {
    ...(await installOptions(line, { ...world, advise }, world.system)),
    ...(launcher !== undefined && { launcher }),
  };
  const status = await runInstall(options, how, world);
  if (status === 0 && !how.json && !how.dryRun) world.output.write(await whatNow(line, options.root, world));
  return status;
}

async function whatNow({ command, values }: CommandLine, root: string, { system, commandName }: World): Promise<string> {
  const settings = await agentSettings(root, system);
  const url = webUrl(settings.webPlaces);
  const named = (['install', 'state-directory'] as const).flatMap((name) =>
    values[name] === undefined ? [] : [`--${name} ${values[name]}`],
  );
  const line = (word: string) => [commandName, word, ...named].join(' ');
  return [
    '',
    `Look at it:    ${url === undefined ? '' : `${url}/api/v1/info, `}${line('status')}`,
    command === 'claim' ? `Unclaim it:    ${line('unclaim')}` : `Take it away:  ${line('uninstall')}`,
    '',
  ].join('\n');
}

/** The whole job for these options; also what a rehearsal rehearses. */
export async function runInstall(
  options: InstallOptions,
  how: { json: boolean; dryRun: boolean },
  world: World,
): Promise<number> {
  const run = { options, json: how.json, runId: newRunId(world.system) };
  const plan = await lookAndChoose(run, world);
  if ('refused' in plan) return refuse(plan.refused, how.json, world);
  if (how.dryRun) return showPlan(plan, { ...options, json: how.json }, world);
  // An agent that is here may have another claim once the half-done one of an earlier run is taken back; a fresh install goes on as it was.
  const again = plan.goal === 'install' ? {} : { planAgain: () => planAgain(run, world) };
  return runPlan(plan, { ...options, ...again, runId: run.runId, json: how.json }, world);
}

interface PlannedRun {
  options: InstallOptions;
  json: boolean;
  runId: string;
}

async function lookAndChoose({ options, json, runId }: PlannedRun, world: World): ReturnType<typeof choosePlan> {
  const facts = await lookAtMachine(options, { claims: options.claim !== undefined, json }, world);
  const reasons = refusals(options, facts);
  if (reasons.length > 0) return { refused: reasons };
  const choice = choosePlan({ options, facts, runId }, world.system);
  return waitFor('Asking the release server and the Cloud', choice, json, world);
}

async function planAgain(run: PlannedRun, world: World): Promise<Plan> {
  const plan = await lookAndChoose(run, world);
  if ('refused' in plan) throw new AggregateError(plan.refused);
  return plan;
}
