import { execute, type Run } from '../engine/execute.ts';
import { withRunLock } from '../engine/run-lock.ts';
import type { InstallOptions } from '../plan/install-options.ts';
import type { Plan } from '../plan/plan.ts';
import type { ReadableSystem } from '../system/system.ts';
import { showRun } from './show-run.ts';
import type { World } from './world.ts';

type PlanRun = Pick<InstallOptions, 'stateDirectory' | 'onFailure'> & Pick<Run, 'runId' | 'planAgain'> & { json: boolean };

/** Walks a plan with everything around it: the lock, the view, the exit status. */
export function runPlan(plan: Plan, how: PlanRun, world: World): Promise<number> {
  const { system, version, signal, processId } = world;
  const { stateDirectory, onFailure, runId, planAgain } = how;
  const again = planAgain === undefined ? {} : { planAgain };
  return withRunLock({ stateDirectory, processId, system }, () =>
    showRun(how, world, (emit) => execute(plan, { system, version, signal, runId, stateDirectory, onFailure, emit, ...again })),
  );
}

/** Sorts by time, and is unique even for two runs in one second. */
export function newRunId(system: ReadableSystem): string {
  return `${new Date(system.now()).toISOString().replace(/[-:]|\.\d+/g, '')}-${system.randomUuid().slice(0, 8)}`;
}
