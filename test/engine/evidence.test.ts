import { expect, test } from 'vitest';
import { execute } from '../../src/engine/execute.ts';
import { pendingUndos, readReceipt } from '../../src/engine/receipt-records.ts';
import { undoAll } from '../../src/engine/undo.ts';
import { type ErrorCode, KickstartError } from '../../src/errors.ts';
import type { FakeSystem } from '../support/fake-system.ts';
import { type SmallStep, smallPlan, stateDirectory } from '../support/small-plan.ts';

const logs = { path: '/home/logs', evidence: true } as const;

function failing(code: ErrorCode, path = '/home/agent'): SmallStep {
  const run = () => Promise.reject(new KickstartError(code, { what: 'It failed.', why: 'The test says so.', next: 'Nothing.' }));
  return { path, run };
}

function runWith(failure: SmallStep) {
  return smallPlan([{ steps: [logs] }, [{ path: '/home/library' }], [failure]]);
}

async function pendingIn(system: FakeSystem): Promise<readonly string[]> {
  return pendingUndos(await readReceipt(stateDirectory, system)).map(({ id }) => id);
}

test.each<ErrorCode>(['BUILD_DEPENDENCY_FAILED', 'BUILD_AGENT_FAILED', 'BUILD_CLOUD_REQUIRED'])(
  'the logs stay after %s, and the machine counts as it was before',
  async (code) => {
    const { plan, system, runOn } = runWith(failing(code));
    expect(await execute(plan, runOn())).toMatchObject({ state: 'undone', changed: false, error: { code } });
    expect(await system.list('/home')).toEqual(['logs']);
    expect(await pendingIn(system)).toEqual(['write /home/logs']);
    expect((await readReceipt(stateDirectory, system)).at(-1)).toMatchObject({ record: 'ended', state: 'undone' });
  },
);

test('nothing stays after any other failure, and neither does the receipt', async () => {
  const { plan, system, runOn } = runWith(failing('SERVICE_STOPPED'));
  expect(await execute(plan, runOn())).toMatchObject({ state: 'undone', changed: false });
  expect(await system.list('/home')).toEqual([]);
  expect(await readReceipt(stateDirectory, system)).toEqual([]);
});

test('nothing stays when the user stops the run', async () => {
  const stop = new AbortController();
  const { plan, system, runOn } = runWith({ path: '/home/agent', run: async () => stop.abort(new Error('stopped')) });
  expect(await execute(plan, runOn({ signal: stop.signal }))).toMatchObject({ state: 'stopped-undone', changed: false });
  expect(await system.list('/home')).toEqual([]);
});

test('the logs stay after a success, with what was installed, and an uninstall takes both', async () => {
  const { plan, system, events, runOn } = smallPlan([{ steps: [logs] }, [{ path: '/home/agent' }]]);
  expect(await execute(plan, runOn())).toMatchObject({ state: 'as-asked', changed: true });
  expect(await system.list('/home')).toEqual(['agent', 'logs']);
  expect(await undoAll({ ...runOn(), system, emit: (event) => events.push(event) })).toMatchObject({ state: 'as-asked' });
  expect(await system.list('/home')).toEqual([]);
});

test('an uninstall takes the logs of a failed build', async () => {
  const { plan, system, runOn } = runWith(failing('BUILD_AGENT_FAILED'));
  await execute(plan, runOn());
  expect(await undoAll(runOn())).toMatchObject({ state: 'as-asked', changed: true });
  expect(await system.list('/home')).toEqual([]);
  expect(await readReceipt(stateDirectory, system)).toEqual([]);
});

test('a run that only made a place for logs has changed nothing', async () => {
  const { plan, runOn } = smallPlan([{ steps: [logs] }]);
  expect(await execute(plan, runOn())).toMatchObject({ state: 'as-asked', changed: false });
});

test('logs whose directory could not be made are taken back', async () => {
  const step = { ...failing('BUILD_AGENT_FAILED', '/home/logs'), evidence: true } as const;
  const { plan, system, runOn } = smallPlan([{ steps: [step] }]);
  await execute(plan, runOn());
  expect(await system.list('/home')).toEqual([]);
});

test('a later run that succeeds leaves the logs of the one that failed to the uninstall', async () => {
  const { plan, system, runOn } = runWith(failing('BUILD_AGENT_FAILED'));
  await execute(plan, runOn());
  const later = smallPlan([{ steps: [{ path: '/home/logs-2', evidence: true }] }, [{ path: '/home/agent' }]]);
  expect(await execute(later.plan, { ...runOn({ runId: 'run-2' }), system })).toMatchObject({ state: 'as-asked', changed: true });
  expect(await system.list('/home')).toEqual(['agent', 'logs', 'logs-2']);
  await undoAll(runOn());
  expect(await system.list('/home')).toEqual([]);
});

test('a run that goes on with one that was cut off keeps the logs of both when the build fails', async () => {
  const { plan, system, runOn } = smallPlan([{ steps: [logs] }, [{ path: '/home/library' }], [failing('BUILD_AGENT_FAILED')]]);
  // The power goes when the library is whole.
  const cut = { ...system, appendLine: (path: string, line: string) => cutOff(line) ?? system.appendLine(path, line) };
  await execute(plan, { ...runOn(), system: cut }).catch(() => {});
  expect(await pendingIn(system)).toEqual(['write /home/agent', 'write /home/library', 'write /home/logs']);
  const again = smallPlan([{ steps: [{ path: '/home/logs-2', evidence: true }] }, [failing('BUILD_AGENT_FAILED')]]);
  expect(await execute(again.plan, { ...runOn({ runId: 'run-2' }), system })).toMatchObject({ state: 'undone', changed: false });
  expect(await system.list('/home')).toEqual(['logs', 'logs-2']);
});

function cutOff(line: string): Promise<never> | undefined {
  return /"record":"(undoing|undone|ended)"/.test(line) ? Promise.reject(new Error('The power is gone.')) : undefined;
}
