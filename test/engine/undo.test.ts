import { describe, expect, test } from 'vitest';
import { execute } from '../../src/engine/execute.ts';
import { receiptPath } from '../../src/engine/receipt-records.ts';
import { undoAll } from '../../src/engine/undo.ts';
import type { UndoContext } from '../../src/steps/definition.ts';
import { eventLines, smallPlan, stateDirectory } from '../support/small-plan.ts';

describe('undoing everything', () => {
  test('leaves the machine as it was before the first of two runs, newest change first', async () => {
    const first = smallPlan([[{ path: '/home/a' }], [{ path: '/home/b' }]]);
    const tree = first.system.tree();
    await execute(first.plan, first.runOn());
    const second = smallPlan([[{ path: '/home/c' }]]);
    await execute(second.plan, first.runOn({ runId: 'run-2' }));
    first.events.length = 0;
    expect(await undoAll(first.runOn())).toEqual({ state: 'as-asked', changed: true, warnings: [], proofs: [] });
    expect(first.system.tree()).toEqual(tree);
    expect(eventLines(first.events)).toEqual([
      'undo-started',
      'step-undone write /home/c',
      'step-undone write /home/b',
      'step-undone write /home/a',
      'run-ended',
    ]);
  });

  test('twice is the same as once', async () => {
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }]]);
    const tree = system.tree();
    await execute(plan, runOn());
    await undoAll(runOn());
    expect(await undoAll(runOn())).toEqual({ state: 'as-asked', changed: false, warnings: [], proofs: [] });
    expect(system.tree()).toEqual(tree);
  });

  test('says what a step leaves, because it is somebody else’s now', async () => {
    const undo = async ({ prove }: UndoContext) => prove('Left the user netdata: another install uses it.');
    const { plan, events, runOn } = smallPlan([[{ path: '/home/a', undo }]]);
    await execute(plan, runOn());
    await undoAll(runOn());
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'step-proved', text: 'Left the user netdata: another install uses it.' }),
    );
  });

  test('tells every step that it is an uninstall, and a failed run that it is not', async () => {
    const purposes: string[] = [];
    const undo = async ({ purpose }: UndoContext) => void purposes.push(purpose);
    const { plan, runOn } = smallPlan([[{ path: '/home/a', undo }]]);
    await execute(plan, runOn());
    await undoAll(runOn());
    const failing = smallPlan([[{ path: '/home/a', undo, run: () => Promise.reject(new Error('no')) }]]);
    await execute(failing.plan, failing.runOn());
    expect(purposes).toEqual(['uninstall', 'take-back']);
  });

  test('keeps a directory of the receipt that something else was put into', async () => {
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }]]);
    await execute(plan, runOn({ stateDirectory: '/opt/netdata/var/kickstart' }));
    system.place('/opt/netdata/notes', 'mine');
    await undoAll(runOn({ stateDirectory: '/opt/netdata/var/kickstart' }));
    expect(Object.keys(system.tree())).toEqual(['/home', '/opt', '/opt/netdata', '/opt/netdata/notes', '/var', '/var/lib']);
    expect((await system.stat('/opt/netdata'))?.mode).toBe(0o755);
  });

  test.each([
    ['first', ['/var/lib/kickstart/a', '/var/lib/kickstart/b']],
    ['last', ['/var/lib/kickstart/b', '/var/lib/kickstart/a']],
  ])(
    'takes the directory above all receipts away with the last of two installs, the one that made it going %s',
    async (_, order) => {
      const first = smallPlan([[{ path: '/home/a' }]]);
      const tree = first.system.tree();
      await execute(first.plan, first.runOn({ stateDirectory: '/var/lib/kickstart/a' }));
      await execute(smallPlan([[{ path: '/home/b' }]]).plan, first.runOn({ stateDirectory: '/var/lib/kickstart/b' }));
      for (const stateDirectory of order) {
        expect(first.system.tree()['/var/lib/kickstart']).toBe('directory 1755 0:0');
        await undoAll(first.runOn({ stateDirectory }));
      }
      expect(first.system.tree()).toEqual(tree);
    },
  );

  test('leaves the directory above all receipts when an administrator made it', async () => {
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }]]);
    system.place('/var/lib/kickstart', { directory: true });
    const tree = system.tree();
    await execute(plan, runOn({ stateDirectory: '/var/lib/kickstart/a' }));
    await undoAll(runOn({ stateDirectory: '/var/lib/kickstart/a' }));
    expect(system.tree()).toEqual(tree);
  });

  test('does not say of a step that it was taken back when it says what it left', async () => {
    const undo = async ({ leave }: UndoContext) => leave('Left /home: there is something in it.');
    const { plan, events, runOn } = smallPlan([[{ path: '/home/a', undo }]]);
    await execute(plan, runOn());
    events.length = 0;
    expect((await undoAll(runOn())).state).toBe('as-asked');
    expect(eventLines(events)).toEqual(['undo-started', 'step-proved write /home/a', 'run-ended']);
  });

  test('goes on when one change cannot be taken back, and finishes when the cause is gone', async () => {
    let busy = true;
    const undo = async () => {
      if (busy) throw new Error('The device is busy.');
    };
    const { plan, system, runOn, events } = smallPlan([[{ path: '/home/a' }, { path: '/home/b', undo }]]);
    const tree = system.tree();
    await execute(plan, runOn());
    expect(await undoAll(runOn())).toMatchObject({ state: 'undo-incomplete', changed: true, error: { code: 'UNDO_INCOMPLETE' } });
    expect(eventLines(events)).toContain('undo-failed write /home/b');
    expect(Object.keys(system.tree())).toContain('/home/b');
    expect(Object.keys(system.tree())).not.toContain('/home/a');
    busy = false;
    expect(await undoAll(runOn())).toMatchObject({ state: 'as-asked', changed: true });
    expect(system.tree()).toEqual(tree);
  });

  test('stops between two changes when the user stops it, and can be gone on with', async () => {
    const user = new AbortController();
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }, { path: '/home/b', undo: async () => user.abort() }]]);
    const tree = system.tree();
    await execute(plan, runOn());
    expect(await undoAll(runOn({ signal: user.signal }))).toMatchObject({ state: 'stopped-kept', changed: true });
    expect(Object.keys(system.tree())).toContain('/home/a');
    expect(await undoAll(runOn())).toMatchObject({ state: 'as-asked' });
    expect(system.tree()).toEqual(tree);
  });

  test('refuses a damaged receipt and changes nothing', async () => {
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }]]);
    await execute(plan, runOn());
    system.place(receiptPath(stateDirectory), 'rubbish\n');
    const tree = system.tree();
    await expect(undoAll(runOn())).rejects.toMatchObject({ code: 'RECEIPT_UNREADABLE' });
    expect(system.tree()).toEqual(tree);
  });
});
