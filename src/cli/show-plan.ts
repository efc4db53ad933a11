import type { Plan } from '../plan/plan.ts';
import { printable, printableJson } from '../system/printable.ts';
import { pasteable } from './advice.ts';
import { earlierRun } from './earlier-run.ts';
import { planText } from './plan-text.ts';
import type { World } from './world.ts';

/** What --dry-run prints, after what the run would do first. Returns the exit status. */
export async function showPlan(
  plan: Plan,
  { stateDirectory, json }: { stateDirectory: string; json: boolean },
  world: World,
): Promise<number> {
  const { system, output } = world;
  const earlier = await earlierRun(stateDirectory, system);
  const note = earlier === undefined ? [] : [printable(earlier.says)];
  const whole = { ...plan, decisions: [...note, ...plan.decisions] };
  output.write(json ? `${printableJson(whole)}\n` : pasteable(planText(whole), world));
  return 0;
}
