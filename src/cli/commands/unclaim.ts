import type { KickstartError } from '../../errors.ts';
import { keptClaim } from '../../host/kept-claim.ts';
import type { Plan } from '../../plan/plan.ts';
import type { PlanInput } from '../../plan/plan-input.ts';
import type { InstalledAgent } from '../../plan/plan-install.ts';
import { planRestore, planUnclaim, restoreRefusal } from '../../plan/plan-unclaim.ts';
import { refusals } from '../../plan/refuse.ts';
import { noAgentToClaim } from '../../plan/refuse-claim.ts';
import { wrongUser } from '../../plan/refuse-claim-user.ts';
import { claimPathsTaken } from '../claim-paths-taken.ts';
import { installOptions } from '../install-options.ts';
import { installedAgent } from '../installed-agent.ts';
import { lookAtMachine } from '../look-at-machine.ts';
import type { CommandLine } from '../options.ts';
import { refuse } from '../refuse.ts';
import { newRunId, runPlan } from '../run-plan.ts';
import { showPlan } from '../show-plan.ts';
import type { World } from '../world.ts';

/** Takes the credentials of the node away, or gives them back. Returns the exit status. */
export async function unclaim(line: CommandLine, world: World): Promise<number> {
  const { system } = world;
  const json = line.given.has('json');
  const options = await installOptions(line, world, system);
  const facts = await lookAtMachine(options, { claims: true, json }, world);
  const input = { options, facts, runId: newRunId(system) };
  const reasons = refusals(options, facts);
  if (reasons.length > 0) return refuse(reasons, json, world);
  const agent = await installedAgent(input, system);
  // Only for the type: without an agent there was a refusal.
  if (agent === undefined)
    return refuse(
      [noAgentToClaim(options, facts)].flatMap((reason) => reason ?? []),
      json,
      world,
    );
  const noUser = wrongUser({ command: 'unclaim', root: options.root, restores: line.given.has('restore') }, agent, facts);
  if (noUser !== undefined) return refuse([noUser], json, world);
  const restores = line.given.has('restore');
  const plan = restores ? await restorePlan(input, agent, world) : planUnclaim(input, agent);
  if ('refused' in plan) return refuse(plan.refused, json, world);
  const taken = await claimPathsTaken(plan, system);
  if (taken.length > 0) return refuse(taken, json, world);
  if (line.given.has('dry-run')) return showPlan(plan, { ...options, json }, world);
  // What is given back comes back with a half-done unclaim, too; an agent that is to be unclaimed may run by then.
  const planAgain = async () => planUnclaim(input, (await installedAgent(input, system)) ?? agent);
  return runPlan(plan, { ...options, ...(restores ? {} : { planAgain }), runId: input.runId, json }, world);
}

async function restorePlan(
  input: PlanInput,
  agent: InstalledAgent,
  { system }: World,
): Promise<Plan | { refused: readonly KickstartError[] }> {
  const { stateDirectory } = input.options;
  const kept = await keptClaim(stateDirectory, system);
  const refused = restoreRefusal(kept, agent, stateDirectory);
  if (refused !== undefined) return { refused: [refused] };
  // Without credentials there was a refusal.
  return kept === undefined ? { refused: [] } : planRestore(input, agent, kept);
}
