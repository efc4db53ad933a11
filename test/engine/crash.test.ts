import { beforeAll, describe, expect, test } from 'vitest';
import { execute } from '../../src/engine/execute.ts';
import { withRunLock } from '../../src/engine/run-lock.ts';
import { undoAll } from '../../src/engine/undo.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Step } from '../../src/steps/step.ts';
import type { System } from '../../src/system/system.ts';
import { type CrashPoint, crashHost } from '../support/crash-host.ts';
import { createFakeSystem, type FakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';
import { type Sample, sampleSteps, sampleStateDirectory as stateDirectory } from '../support/sample-steps.ts';

const samples: readonly [string, readonly Sample<Step>[]][] = [
  ...Object.entries(sampleSteps).map(([kind, sample]): [string, readonly Sample<Step>[]] => [`one step, ${kind}`, [sample]]),
  ['a step of every kind', Object.values(sampleSteps)],
];

describe.each(samples)('when the power goes at any write of a run with %s', (_, steps) => {
  const firstTree = treeOf(machineOf(steps));
  let whole: Awaited<ReturnType<typeof runWhole>>;
  beforeAll(async () => {
    whole = await runWhole(steps);
  });

  test('the run makes changes, and an undo takes all of them back', async () => {
    await undoOn(whole.machine);
    expect(treeOf(whole.machine)).toEqual(firstTree);
  });

  test('another run gets to the same end, and an undo leads back to the beginning', async () => {
    for (const point of points(whole.writes)) {
      const machine = await crashedRun(steps, point);
      expect(await runOn(crashHost(machine).system, steps, 200), at(point)).toMatchObject({ state: 'as-asked' });
      expect(withoutBackups(treeOf(machine)), at(point)).toEqual(withoutBackups(whole.tree));
      await undoOn(machine);
      expect(treeOf(machine), at(point)).toEqual(firstTree);
    }
  });

  test('an undo leads back to the beginning', async () => {
    for (const point of points(whole.writes)) {
      const machine = await crashedRun(steps, point);
      expect(await undoOn(machine), at(point)).toMatchObject({ state: 'as-asked' });
      expect(treeOf(machine), at(point)).toEqual(firstTree);
    }
  });

  test('or of its undo, another undo leads back to the beginning', async () => {
    for (const point of await undoPointsOf(steps)) {
      const machine = await crashedUndo(steps, point);
      expect(await undoOn(machine), at(point)).toMatchObject({ state: 'as-asked' });
      expect(treeOf(machine), at(point)).toEqual(firstTree);
    }
  });

  test('or of its undo, another run gets to the same end', async () => {
    for (const point of await undoPointsOf(steps)) {
      const machine = await crashedUndo(steps, point);
      expect(await runOn(crashHost(machine).system, steps, 300), at(point)).toMatchObject({ state: 'as-asked' });
      expect(withoutBackups(treeOf(machine)), at(point)).toEqual(withoutBackups(whole.tree));
      await undoOn(machine);
      expect(treeOf(machine), at(point)).toEqual(firstTree);
    }
  });
});

/** One stage per step, because all the points of a run must come in the same order every time. */
function planOf(steps: readonly Sample<Step>[], runId: string): Plan {
  return {
    ...{ goal: 'install', title: 'Install samples', decisions: [] },
    stages: steps.map((sample) => {
      const step = sample.step(runId);
      return { title: step.kind, atOnce: 1, steps: [{ id: step.kind, step, reason: 'The test needs it.' }] };
    }),
  };
}

function machineOf(steps: readonly Sample<Step>[]): FakeSystem {
  const machines = steps.map(({ machine }) => machine);
  const processes = Object.fromEntries([100, 200, 300].map((id) => [`/proc/${id}/stat`, processStat(id)]));
  const all: FakeSystemOptions = {
    files: Object.assign(
      { '/srv': { directory: true }, '/proc/self/stat': '', ...processes },
      ...machines.map(({ files }) => files),
    ),
    commands: machines.flatMap(({ commands = [] }) => commands),
    http: machines.flatMap(({ http = [] }) => http),
  };
  return createFakeSystem(all);
}

function processStat(processId: number): string {
  return `${processId} (kickstart) S ${'0 '.repeat(18)}7000 0`;
}

function runOn(system: System, steps: readonly Sample<Step>[], processId: number) {
  const runId = `run-${processId}`;
  const signal = new AbortController().signal;
  return withRunLock({ stateDirectory, processId, system }, () =>
    execute(planOf(steps, runId), { system, stateDirectory, runId, version: '0.1.0', emit: () => {}, signal, onFailure: 'undo' }),
  );
}

async function undoOn(machine: FakeSystem, point?: CrashPoint) {
  const { system } = crashHost(machine, point);
  const signal = new AbortController().signal;
  return withRunLock({ stateDirectory, processId: 200, system }, () =>
    undoAll({ system, stateDirectory, emit: () => {}, signal }),
  );
}

async function runWhole(steps: readonly Sample<Step>[]) {
  const machine = machineOf(steps);
  const host = crashHost(machine);
  expect(await runOn(host.system, steps, 100)).toMatchObject({ state: 'as-asked' });
  return { machine, tree: treeOf(machine), writes: host.writes() };
}

async function crashedRun(steps: readonly Sample<Step>[], point: CrashPoint): Promise<FakeSystem> {
  const machine = machineOf(steps);
  const host = crashHost(machine, point);
  await expect(runOn(host.system, steps, 100), at(point)).rejects.toThrow('The power is gone');
  // The process is gone with the power.
  machine.remove('/proc/100');
  return machine;
}

async function crashedUndo(steps: readonly Sample<Step>[], point: CrashPoint): Promise<FakeSystem> {
  const machine = machineOf(steps);
  await runOn(crashHost(machine).system, steps, 100);
  await expect(undoOn(machine, point), at(point)).rejects.toThrow('The power is gone');
  machine.remove('/proc/200');
  machine.place('/proc/200/stat', processStat(200).replace('7000', '9000'));
  return machine;
}

async function undoPointsOf(steps: readonly Sample<Step>[]): Promise<CrashPoint[]> {
  const machine = machineOf(steps);
  await runOn(crashHost(machine).system, steps, 100);
  const host = crashHost(machine);
  const signal = new AbortController().signal;
  await withRunLock({ stateDirectory, processId: 200, system: host.system }, () =>
    undoAll({ system: host.system, stateDirectory, emit: () => {}, signal }),
  );
  return points(host.writes());
}

function points(writes: number): CrashPoint[] {
  const numbers = Array.from({ length: writes }, (_, index) => index + 1);
  return numbers.flatMap((write) => (['before', 'during', 'after'] as const).map((when) => ({ write, when })));
}

function at({ when, write }: CrashPoint): string {
  return `${when} write ${write}`;
}

/** The tree without what must differ from run to run: the text of the receipt, and random names and keys. */
function treeOf(machine: FakeSystem): Record<string, string> {
  const entries = Object.entries(machine.tree()).map(([path, shown]) => [
    path,
    path === `${stateDirectory}/receipt.jsonl`
      ? 'a receipt'
      : shown.replace(/00000000-0000-4000-8000-\d{12}/g, 'a random UUID').replace(/fake public key \d+/, 'a public key'),
  ]);
  return Object.fromEntries(entries);
}

/** A run that goes on after a crash may keep one thing more for its undo than a run that was not disturbed. */
function withoutBackups(tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree).filter(([path]) => !/^\/srv\/netdata\/kickstart\/|\.before-kickstart/.test(path)),
  );
}
