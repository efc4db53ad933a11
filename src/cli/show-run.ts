import type { Emit, Outcome } from '../engine/events.ts';
import { receiptPath } from '../engine/receipt-records.ts';
import { pasteable } from './advice.ts';
import { chooseView } from './choose-view.ts';
import { exitStatusOfOutcome } from './exit-status.ts';
import { explainError } from './explain-error.ts';
import { withoutLostLogs } from './lost-logs.ts';
import { claimStatus } from './script-exit-codes.ts';
import type { World } from './world.ts';

interface ShownRun {
  json: boolean;
  stateDirectory: string;
}

/** Draws a run while it goes, explains at the end what went wrong, and gives the exit status. */
export async function showRun(
  { json, stateDirectory }: ShownRun,
  world: World,
  run: (emit: Emit) => Promise<Outcome>,
): Promise<number> {
  const { output, environment, version } = world;
  const say = (text: string) => pasteable(text, world);
  const statusOf = (outcome: Outcome) => claimStatus(exitStatusOfOutcome(outcome), outcome, world);
  const view = await chooseView({ ...output, ci: Boolean(environment.CI), json, statusOf, say }, output.write);
  const outcome = await run(view.draw).finally(view.finish);
  // Who stops a run knows why.
  const explained = outcome.state.startsWith('stopped') ? undefined : await withoutLostLogs(outcome.error, world.system);
  if (explained !== undefined && !json) {
    output.complain(`\n${explainError(explained, { version, receiptPath: receiptPath(stateDirectory), say }).join('\n')}\n`);
  }
  return statusOf(outcome);
}
