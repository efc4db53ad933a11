import { posix } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Emit, RunEvent } from '../../src/engine/events.ts';
import { execute } from '../../src/engine/execute.ts';
import { withRunLock } from '../../src/engine/run-lock.ts';
import { undoAll } from '../../src/engine/undo.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Step } from '../../src/steps/step.ts';
import type { VerifyAgentStep } from '../../src/steps/verify-agent.ts';
import { type CrashHost, type CrashPoint, crashHost } from './crash-host.ts';
import { createFakeSystem, type FakeSystem, type FakeSystemOptions } from './fake-system.ts';
import { type Sample, sampleStateDirectory as stateDirectory } from './sample-steps.ts';

/**
 * The tests of one plan: for every write of its run and of its undo, and before, in the middle of and after that write, the power goes;
 * then another run must reach the end of an undisturbed one, and an undo must lead back to the machine as it was.
 */
export function describeCrashes(title: string, steps: readonly Sample<Step>[]): void {
  describe(`when the power goes at any write of a run with ${title}`, () => {
    const firstTree = remaining(treeOf(machineOf(steps)), steps);
    let whole: Whole;
    beforeAll(async () => {
      whole = await runWhole(steps);
    });

    test('every step of an undisturbed run has something to do, and an undo takes all of it back', () => {
      expect(whole.alreadySo).toEqual([]);
      expect(remaining(whole.treeAfterUndo, steps)).toEqual(firstTree);
    });

    test('another run gets to the same end, and an undo leads back to the beginning', async () => {
      for (const point of whole.points) {
        const machine = await crashedRun(steps, point);
        await expectSameEnd(machine, whole, point);
        await expectWayBack(machine, point);
      }
    });

    test('an undo leads back to the beginning', async () => {
      for (const point of whole.points) await expectWayBack(await crashedRun(steps, point), point);
    });

    test('or of its undo, another undo leads back to the beginning', async () => {
      for (const point of whole.pointsOfUndo) await expectWayBack(await crashedUndo(steps, point), point);
    });

    test('or of its undo, another run gets to the same end', async () => {
      for (const point of whole.pointsOfUndo) {
        const machine = await crashedUndo(steps, point);
        await expectSameEnd(machine, whole, point);
        await expectWayBack(machine, point);
      }
    });

    test('while a failed run is taken back, an undo leads back to the beginning, and so does another run that fails', async () => {
      const run = crashHost(machineOf(steps));
      expect(await runOn(run, [...steps, failing], 100)).toMatchObject({ state: 'undone' });
      // The way to the failure is the same as in the run that does not fail.
      for (const point of run.points().slice(whole.points.length - 4)) {
        await expectWayBack(await crashedRun([...steps, failing], point), point);
        const machine = await crashedRun([...steps, failing], point);
        expect(await runOn(crashHost(machine), [...steps, failing], 300), at(point)).toMatchObject({ state: 'undone' });
        expect(remaining(treeOf(machine), steps), at(point)).toEqual(firstTree);
      }
    });

    async function expectSameEnd(machine: FakeSystem, { tree }: Whole, point: CrashPoint): Promise<void> {
      expect(await runOn(crashHost(machine), steps, 300), at(point)).toMatchObject({ state: 'as-asked' });
      expect(withoutBackups(treeOf(machine)), at(point)).toEqual(withoutBackups(tree));
    }

    async function expectWayBack(machine: FakeSystem, point: CrashPoint): Promise<void> {
      expect(await undoOn(crashHost(machine)), at(point)).toMatchObject({ state: 'as-asked' });
      expect(remaining(treeOf(machine), steps), at(point)).toEqual(firstTree);
    }
  });
}

/**
 * The tests of one plan: whatever directory of what it changed has gone, an undo succeeds; with something else in its place, at the latest when that
 * has gone, too. Then nothing is left to undo.
 */
export function describeGoneDirectories(title: string, steps: readonly Sample<Step>[]): void {
  test.each(['removed', 'replaced by a file'])(`an undo of ${title} succeeds where a directory was %s`, async (how) => {
    for (const directory of await directoriesOf(steps)) {
      const machine = machineOf(steps);
      await runOn(crashHost(machine), steps, 100);
      machine.remove(directory);
      if (how === 'replaced by a file') {
        machine.place(directory, 'of somebody');
        const { state } = await undoOn(crashHost(machine));
        machine.remove(directory);
        if (state === 'as-asked') continue;
      }
      expect(await undoOn(crashHost(machine)), directory).toMatchObject({ state: 'as-asked' });
      expect(machine.exists(stateDirectory), directory).toBe(false);
    }
  });
}

async function directoriesOf(steps: readonly Sample<Step>[]): Promise<ReadonlySet<string>> {
  const { tree } = await runWhole(steps);
  const before = treeOf(machineOf(steps));
  return new Set(Object.keys(tree).flatMap((path) => (tree[path] === before[path] ? [] : directoriesAbove(path))));
}

/** But not what kickstart itself needs, and what every machine has. */
function directoriesAbove(path: string): readonly string[] {
  const directory = posix.dirname(path);
  if (!path.startsWith('/') || directory === '/') return [];
  const isNeeded = ['/etc', '/var', '/proc', '/srv'].includes(directory) || isWithin(directory, stateDirectory);
  return [...directoriesAbove(directory), ...(isNeeded || isWithin(stateDirectory, directory) ? [] : [directory])];
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

type Whole = Awaited<ReturnType<typeof runWhole>>;

/** An agent that nobody started: to look for it fails. */
const failing: Sample<VerifyAgentStep> = {
  machine: {
    files: { '/opt/failing/etc/netdata/netdata.conf': '[global]\n    run as user = root\n[web]\n    default port = 20009\n' },
    http: [{ url: 'http://127.0.0.1:20009/api/v1/info', failure: 'refused' }],
  },
  step: () => ({ kind: 'verify-agent', root: '/opt/failing', tag: 'v1.31.0', cloud: 'detect', seconds: 0 }),
};

/** One stage per step, because all the points of a run must come in the same order every time. */
function planOf(steps: readonly Sample<Step>[], runId: string): Plan {
  return {
    ...{ goal: 'install', title: 'Install samples', decisions: [] },
    stages: steps.map((sample, index) => {
      const step = sample.step(runId);
      return { title: step.kind, atOnce: 1, steps: [{ id: `${step.kind}:${index}`, step, reason: 'The test needs it.' }] };
    }),
  };
}

function machineOf(steps: readonly Sample<Step>[]): FakeSystem {
  const machines = [failing, ...steps].map(({ machine }) => machine);
  const processes = Object.fromEntries([100, 200, 300].map((id) => [`/proc/${id}/stat`, processStat(id, 7000)]));
  const all: FakeSystemOptions = {
    files: Object.assign(
      { '/srv': { directory: true }, '/proc/self/stat': '', ...processes },
      ...machines.map(({ files }) => files),
    ),
    commands: machines.flatMap(({ commands = [] }) => commands),
    http: machines.flatMap(({ http = [] }) => http),
    processes: Object.assign({}, ...machines.map(({ processes }) => processes)),
  };
  return createFakeSystem(all);
}

function processStat(processId: number, startTicks: number): string {
  return `${processId} (kickstart) S ${'0 '.repeat(18)}${startTicks} 0`;
}

function runOn({ system }: CrashHost, steps: readonly Sample<Step>[], processId: number, emit: Emit = () => {}) {
  const runId = `run-${processId}`;
  const signal = new AbortController().signal;
  return withRunLock({ stateDirectory, processId, system }, () =>
    execute(planOf(steps, runId), { system, stateDirectory, runId, version: '0.1.0', emit, signal, onFailure: 'undo' }),
  );
}

function undoOn({ system }: CrashHost) {
  const signal = new AbortController().signal;
  return withRunLock({ stateDirectory, processId: 200, system }, () =>
    undoAll({ system, stateDirectory, emit: () => {}, signal }),
  );
}

async function runWhole(steps: readonly Sample<Step>[]) {
  const machine = machineOf(steps);
  const run = crashHost(machine);
  const events: RunEvent[] = [];
  expect(await runOn(run, steps, 100, (event) => events.push(event))).toMatchObject({ state: 'as-asked' });
  const tree = treeOf(machine);
  const undo = crashHost(machine);
  await undoOn(undo);
  return {
    tree,
    treeAfterUndo: treeOf(machine),
    alreadySo: events.filter(({ event }) => event === 'step-already-so'),
    points: run.points(),
    pointsOfUndo: undo.points(),
  };
}

async function crashedRun(steps: readonly Sample<Step>[], point: CrashPoint): Promise<FakeSystem> {
  const machine = machineOf(steps);
  await expect(runOn(crashHost(machine, point), steps, 100), at(point)).rejects.toThrow('The power is gone');
  // The process is gone with the power.
  machine.remove('/proc/100');
  return machine;
}

async function crashedUndo(steps: readonly Sample<Step>[], point: CrashPoint): Promise<FakeSystem> {
  const machine = machineOf(steps);
  await runOn(crashHost(machine), steps, 100);
  await expect(undoOn(crashHost(machine, point)), at(point)).rejects.toThrow('The power is gone');
  // The next process gets the same id, at another time.
  machine.place('/proc/200/stat', processStat(200, 9000));
  return machine;
}

function at({ when, write }: CrashPoint): string {
  return `${when} write ${write}`;
}

/** The tree without what must differ from run to run: the text of the receipt, random names and keys, and when a library was built. */
function treeOf(machine: FakeSystem): Record<string, string> {
  const entries = Object.entries(machine.tree()).map(([path, shown]) => [
    path,
    path === `${stateDirectory}/receipt.jsonl`
      ? 'a receipt'
      : shown
          .replace(/00000000-0000-4000-8000-\d{12}/g, 'a random UUID')
          .replace(/-----BEGIN PUBLIC KEY-----.*-----END PUBLIC KEY-----/, 'a public key')
          .replace(/2026-11-20T12:\d\d:\d\d\.\d{3}Z/, 'a time')
          .replace(/"\d+\\n\d+\\n(?=a random)/, '"a process ')
          .replace(/"4\d{3}\\n"$/, '"a process"'),
  ]);
  return Object.fromEntries(entries);
}

function remaining(tree: Record<string, string>, steps: readonly Sample<Step>[]): Record<string, string> {
  const isGoing = (line: string) => steps.some(({ goesWithUninstall }) => goesWithUninstall?.test(line));
  return Object.fromEntries(Object.entries(tree).filter(([path, shown]) => !isGoing(`${path}: ${shown}`)));
}

/** A run that goes on after a crash may keep one thing more for its undo than a run that was not disturbed, or have nothing to keep at all. */
function withoutBackups(tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !/^\/srv\/netdata|\.before-kickstart/.test(path)));
}
