import type { RunEvent } from '../../src/engine/events.ts';
import type { Run } from '../../src/engine/execute.ts';
import type { Plan, PlannedStep, Stage } from '../../src/plan/plan.ts';
import type { RunContext, StepDefinition, UndoContext } from '../../src/steps/definition.ts';
import type { DefinitionOf, Step } from '../../src/steps/step.ts';
import { createFakeSystem, type FakeSystem, type FakeSystemOptions } from './fake-system.ts';

/** A step that writes one file and takes it away again, and does on the way what the test says. For tests of the engine, which knows no step by name. */
export interface SmallStep {
  path: string;
  run?: (context: RunContext) => Promise<void>;
  undo?: (context: UndoContext) => Promise<void>;
  observes?: true;
}

/** A plan of small steps, with the engine's arguments for it on a fake machine. */
export function smallPlan(stages: readonly SmallStage[], machine: FakeSystemOptions = {}) {
  const system = createFakeSystem({ files: { '/var/lib': { directory: true }, '/home': { directory: true } }, ...machine });
  const events: RunEvent[] = [];
  const plan: Plan = { goal: 'install', title: 'Install a small thing', decisions: [], stages: stages.map(toStage) };
  return { plan, system, events, runOn: (changes: Partial<Run> = {}) => runOn(system, events, changes), stateDirectory };
}

export type SmallStage =
  | SmallStep[]
  | (Omit<Stage, 'title' | 'steps' | 'atOnce'> & { atOnce?: number; steps: PlannedSmallStep[] });
type PlannedSmallStep = SmallStep & Pick<PlannedStep, 'optional' | 'needs' | 'temporary' | 'evidence' | 'holdsWith'>;

export const stateDirectory = '/var/lib/kickstart';

/** The arguments of a run, different in what the test says. */
export function runOn(system: FakeSystem, events: RunEvent[], changes: Partial<Run> = {}): Run {
  return {
    system,
    stateDirectory,
    runId: 'run-1',
    version: '0.1.0',
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    onFailure: 'undo',
    definitionOf: definitionOfSmall,
    ...changes,
  };
}

/** What happened, one line per event: "step-done write /home/a". */
export function eventLines(events: readonly RunEvent[]): string[] {
  return events.map((event) => ('id' in event ? `${event.event} ${event.id}` : event.event));
}

function toStage(stage: SmallStage, index: number): Stage {
  const { steps, ...rest } = Array.isArray(stage) ? { steps: stage as PlannedSmallStep[] } : stage;
  return { title: `Stage ${index + 1}`, atOnce: 1, ...rest, steps: steps.map(toPlanned) };
}

function toPlanned({ optional, needs, temporary, evidence, holdsWith, ...step }: PlannedSmallStep): PlannedStep {
  return {
    id: `write ${step.path}`,
    // The cast: the engine looks at no field of a step but its kind, and definitionOfSmall takes the rest.
    step: { kind: step.observes ? 'small-look' : 'small', ...step } as unknown as Step,
    reason: 'The test needs it.',
    ...(optional ? { optional } : {}),
    ...(needs ? { needs } : {}),
    ...(temporary ? { temporary } : {}),
    ...(evidence ? { evidence } : {}),
    ...(holdsWith ? { holdsWith } : {}),
  };
}

// The receipt holds no functions, so what a test wants to happen in an undo is kept here, by path.
const undos = new Map<string, SmallStep>();

const small: StepDefinition<SmallStep, { path: string }> = {
  describe: ({ path }) => `Write ${path}`,
  inspect: async ({ path }, system) => ((await system.stat(path)) === undefined ? { path } : undefined),
  async run(step, context) {
    undos.set(step.path, step);
    await context.system.writeFile(step.path, 'half', { mode: 0o644 });
    await step.run?.(context);
    await context.system.writeFile(step.path, 'whole', { mode: 0o644 });
  },
  async undo({ path }, context) {
    await undos.get(path)?.undo?.(context);
    await context.system.removeFile(path);
  },
};

const smallLook: StepDefinition<SmallStep, never> = {
  ...small,
  observes: true,
  inspect: async () => undefined,
  run: async (step, context) => step.run?.(context),
};

export const definitionOfSmall: DefinitionOf = ({ kind }) => {
  // The casts: as in step.ts, a kind known at run time only.
  if (kind === 'small') return small as unknown as StepDefinition<Step, unknown>;
  if (kind === 'small-look') return smallLook as unknown as StepDefinition<Step, unknown>;
  return undefined;
};
