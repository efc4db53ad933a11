import { describe, expect, test } from 'vitest';
import { execute } from '../../src/engine/execute.ts';
import { readReceipt, receiptPath } from '../../src/engine/receipt-records.ts';
import { KickstartError } from '../../src/errors.ts';
import { type CrashPoint, crashHost } from '../support/crash-host.ts';
import type { FakeSystem } from '../support/fake-system.ts';
import { eventLines, type SmallStep, smallPlan, stateDirectory } from '../support/small-plan.ts';

const before = { '/home': 'directory 0755 0:0', '/var': 'directory 0755 0:0', '/var/lib': 'directory 0755 0:0' };
const whole = 'file 0644 0:0 "whole"';

describe('a run that succeeds', () => {
  test('makes the changes in the order of the plan, and lists them in the receipt', async () => {
    const { plan, system, events, runOn } = smallPlan([[{ path: '/home/a' }], [{ path: '/home/b' }]]);
    const outcome = await execute(plan, runOn());
    expect(outcome).toEqual({ state: 'as-asked', changed: true, warnings: [], proofs: [] });
    expect(system.tree()).toMatchObject({ '/home/a': whole, '/home/b': whole, '/var/lib/kickstart': 'directory 0700 0:0' });
    expect(eventLines(events)).toEqual([
      'run-started',
      'stage-started',
      'step-started write /home/a',
      'step-done write /home/a',
      'stage-started',
      'step-started write /home/b',
      'step-done write /home/b',
      'run-ended',
    ]);
    const records = await readReceipt(stateDirectory, system);
    expect(records.map(({ record }) => record)).toEqual(['run', 'started', 'done', 'started', 'done', 'ended']);
    expect(records[1]).toMatchObject({ id: 'write /home/a', kind: 'small', title: 'Write /home/a', undo: { path: '/home/a' } });
    expect((await system.stat(receiptPath(stateDirectory)))?.mode).toBe(0o600);
  });

  test('records how to undo a step before the step changes anything', async () => {
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }]]);
    await execute(plan, runOn());
    const writes = system.calls.filter(
      (call) => call === `appendLine ${stateDirectory}/receipt.jsonl` || call.startsWith('writeFile'),
    );
    expect(writes.map((call) => call.split(' ')[0])).toEqual([
      'appendLine',
      'appendLine',
      'writeFile',
      'writeFile',
      'appendLine',
      'appendLine',
    ]);
  });

  test('has in the receipt, before the change, what a step adds to its undo on the way, and undoes the step once', async () => {
    let recorded: unknown[] = [];
    const run: SmallStep['run'] = async ({ addToUndo, system }) => {
      await addToUndo({ arrivals: ['a'] });
      recorded = (await readReceipt(stateDirectory, system)).map((record) => ('undo' in record ? record.undo : record.record));
    };
    const { plan, events, runOn } = smallPlan([[{ path: '/home/a', run }], [{ path: '/home/b', run: fail }]]);
    expect((await execute(plan, runOn())).state).toBe('undone');
    expect(recorded).toEqual(['run', { path: '/home/a' }, { path: '/home/a', arrivals: ['a'] }]);
    expect(eventLines(events).filter((line) => line === 'step-undone write /home/a')).toHaveLength(1);
  });

  test('leaves what is already so out of the receipt', async () => {
    const { plan, system, events, runOn } = smallPlan([[{ path: '/home/a' }, { path: '/home/b' }]]);
    system.place('/home/a', 'there before');
    await execute(plan, runOn());
    expect(eventLines(events)).toContain('step-already-so write /home/a');
    expect(await readReceipt(stateDirectory, system)).not.toContainEqual(expect.objectContaining({ id: 'write /home/a' }));
    expect(system.readText('/home/a')).toBe('there before');
  });

  test('leaves no receipt and no directories when there was nothing to change', async () => {
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }]], { files: { '/home/a': 'there before' } });
    const tree = system.tree();
    expect(await execute(plan, runOn())).toMatchObject({ state: 'as-asked', changed: false });
    expect(system.tree()).toEqual(tree);
  });

  test('adds nothing to the receipt of an earlier run when there was nothing to change', async () => {
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }]]);
    await execute(plan, runOn());
    const receipt = system.readText(receiptPath(stateDirectory));
    expect(await execute(plan, runOn({ runId: 'run-2' }))).toMatchObject({ state: 'as-asked', changed: false });
    expect(system.readText(receiptPath(stateDirectory))).toBe(receipt);
  });

  test('appends to the receipt of an earlier run', async () => {
    const first = smallPlan([[{ path: '/home/a' }]]);
    await execute(first.plan, first.runOn());
    const { plan } = smallPlan([[{ path: '/home/b' }]]);
    await execute(plan, first.runOn({ runId: 'run-2' }));
    const records = await readReceipt(stateDirectory, first.system);
    expect(records.map(({ record, runId }) => `${record} ${runId}`)).toEqual([
      ...['run run-1', 'started run-1', 'done run-1', 'ended run-1'],
      ...['run run-2', 'started run-2', 'done run-2', 'ended run-2'],
    ]);
  });

  test('takes temporary changes back at the end, newest first', async () => {
    const { plan, system, events, runOn } = smallPlan([
      {
        steps: [{ path: '/home/scratch', temporary: true }, { path: '/home/kept' }, { path: '/home/scratch2', temporary: true }],
      },
    ]);
    expect(await execute(plan, runOn())).toMatchObject({ state: 'as-asked', changed: true });
    expect(homeOf(system)).toEqual(['/home/kept']);
    expect(eventLines(events).filter((line) => line.startsWith('step-undone'))).toEqual([
      'step-undone write /home/scratch2',
      'step-undone write /home/scratch',
    ]);
  });

  test('counts a run whose only changes were temporary as no change', async () => {
    const { plan, system, runOn } = smallPlan([{ steps: [{ path: '/home/scratch', temporary: true }] }]);
    expect(await execute(plan, runOn())).toMatchObject({ state: 'as-asked', changed: false });
    expect(system.tree()).toEqual(before);
  });

  test('runs a step that only looks every time, without a record, and tells what it proved and when', async () => {
    const { plan, system, events, runOn } = smallPlan([
      [
        {
          path: 'the agent',
          observes: true,
          run: async (context) => {
            await context.system.sleep(1500);
            context.progress('waiting');
            context.prove('It is online.');
            context.warn('It was slow.');
          },
        },
      ],
    ]);
    const outcome = await execute(plan, runOn());
    expect(outcome).toEqual({
      state: 'as-asked',
      changed: false,
      warnings: [],
      proofs: [{ text: 'It is online.', seconds: 1.5 }],
    });
    expect(events).toContainEqual(expect.objectContaining({ event: 'step-proved', text: 'It is online.', seconds: 1.5 }));
    expect(events).toContainEqual(expect.objectContaining({ event: 'step-warned', text: 'It was slow.' }));
    expect(system.tree()).toEqual(before);
  });

  test('runs as many steps of a stage at once as the stage says, and no more', async () => {
    let running = 0;
    let most = 0;
    const wait = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    };
    const steps = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ path: `/home/${name}`, run: wait }));
    const { plan, system, runOn } = smallPlan([{ steps, atOnce: 2 }]);
    await execute(plan, runOn());
    expect(most).toBe(2);
    expect(homeOf(system)).toHaveLength(5);
    expect((await readReceipt(stateDirectory, system)).filter(({ record }) => record === 'done')).toHaveLength(5);
  });
});

describe('a run that fails', () => {
  test('takes back all that it did, newest first, with the directories of the receipt', async () => {
    const { plan, system, events, runOn } = smallPlan([
      [{ path: '/home/a' }],
      [{ path: '/home/b', run: fail }],
      [{ path: '/home/c' }],
    ]);
    expect(await execute(plan, runOn())).toEqual({
      tookBack: true,
      state: 'undone',
      changed: false,
      error: failure,
      warnings: [],
      proofs: [],
    });
    expect(system.tree()).toEqual(before);
    expect(eventLines(events).slice(-6)).toEqual([
      'step-started write /home/b',
      'step-failed write /home/b',
      'undo-started',
      'step-undone write /home/b',
      'step-undone write /home/a',
      'run-ended',
    ]);
  });

  test('undoes after a fault of ours too, and gives it back as it is', async () => {
    const fault = new TypeError('x is not a function');
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }, { path: '/home/b', run: () => Promise.reject(fault) }]]);
    expect(await execute(plan, runOn())).toMatchObject({ state: 'undone', error: fault });
    expect(system.tree()).toEqual(before);
  });

  test('keeps everything when told to, and the next run takes only the half-done step back', async () => {
    const { plan, system, events, runOn } = smallPlan([[{ path: '/home/a' }], [{ path: '/home/b', run: fail }]]);
    expect(await execute(plan, runOn({ onFailure: 'keep' }))).toMatchObject({ state: 'kept', changed: true, error: failure });
    expect(system.tree()).toMatchObject({ '/home/a': whole, '/home/b': 'file 0644 0:0 "half"' });
    events.length = 0;
    const next = smallPlan([[{ path: '/home/a' }], [{ path: '/home/b' }]]);
    expect(await execute(next.plan, runOn({ runId: 'run-2' }))).toMatchObject({ state: 'as-asked', changed: true });
    expect(eventLines(events)).toEqual([
      'undo-started',
      'step-undone write /home/b',
      'run-started',
      'stage-started',
      'step-started write /home/a',
      'step-already-so write /home/a',
      'stage-started',
      'step-started write /home/b',
      'step-done write /home/b',
      'run-ended',
    ]);
    expect(system.tree()).toMatchObject({ '/home/a': whole, '/home/b': whole });
  });

  test('takes back steps that hold with one that was cut off, newest first, and plans again before it goes on', async () => {
    const cutOff = smallPlan([
      [{ path: '/home/kept' }],
      {
        steps: [
          { path: '/home/a', holdsWith: 'write /home/c' },
          { path: '/home/b', holdsWith: 'write /home/c' },
          { path: '/home/c', run: fail },
        ],
      },
    ]);
    await execute(cutOff.plan, cutOff.runOn({ onFailure: 'keep' }));
    cutOff.events.length = 0;
    const seen: boolean[] = [];
    const stale = smallPlan([[{ path: '/home/stale' }]]).plan;
    const planAgain = async () => {
      seen.push(cutOff.system.exists('/home/a'));
      return smallPlan([[{ path: '/home/d' }]]).plan;
    };
    expect(await execute(stale, cutOff.runOn({ runId: 'run-2', planAgain }))).toMatchObject({ state: 'as-asked' });
    expect(seen).toEqual([false]);
    expect(eventLines(cutOff.events).slice(0, 5)).toEqual([
      'undo-started',
      'step-undone write /home/c',
      'step-undone write /home/b',
      'step-undone write /home/a',
      'run-started',
    ]);
    expect(Object.keys(cutOff.system.tree()).filter((path) => path.startsWith('/home/'))).toEqual(['/home/d', '/home/kept']);
  });

  test('has, after the next one, steps that hold with another either with it or not at all, wherever the power went', async () => {
    const holdsWith = 'write /home/c';
    const cutOff = async (point?: CrashPoint) => {
      const { plan, system, runOn } = smallPlan([
        { steps: [{ path: '/home/a', holdsWith }, { path: '/home/b', holdsWith }, { path: '/home/c' }] },
      ]);
      const host = crashHost(system, point);
      await execute(plan, { ...runOn(), system: host.system }).catch(() => {});
      await execute(smallPlan([[{ path: '/home/d' }]]).plan, runOn({ runId: 'run-2' }));
      return { points: host.points(), end: (await system.list('/home'))?.join(' ') };
    };
    const { points } = await cutOff();
    const ends = new Set<string | undefined>();
    for (const point of points) ends.add((await cutOff(point)).end);
    expect(points.length).toBeGreaterThan(20);
    expect([...ends].toSorted()).toEqual(['a b c d', 'd']);
  });

  test('leaves steps that hold with one that is done, and plans once', async () => {
    const first = smallPlan([{ steps: [{ path: '/home/a', holdsWith: 'write /home/b' }, { path: '/home/b' }] }]);
    await execute(first.plan, first.runOn());
    const second = smallPlan([[{ path: '/home/c' }]]);
    const planAgain = () => Promise.reject(new Error('nothing was half-done'));
    await execute(second.plan, first.runOn({ runId: 'run-2', planAgain }));
    expect(first.system.tree()).toMatchObject({ '/home/a': whole, '/home/b': whole, '/home/c': whole });
  });

  test('leaves the changes of earlier runs that had ended', async () => {
    const first = smallPlan([[{ path: '/home/a' }]]);
    await execute(first.plan, first.runOn());
    const tree = first.system.tree();
    const second = smallPlan([[{ path: '/home/b' }, { path: '/home/c', run: fail }]]);
    expect(await execute(second.plan, first.runOn({ runId: 'run-2' }))).toMatchObject({ state: 'undone', changed: false });
    expect({ ...first.system.tree(), [receiptPath(stateDirectory)]: '' }).toEqual({ ...tree, [receiptPath(stateDirectory)]: '' });
  });

  test('goes on with a run that was cut off, so a failure takes that back too', async () => {
    const first = smallPlan([[{ path: '/home/a' }]]);
    await execute(first.plan, first.runOn());
    const path = receiptPath(stateDirectory);
    // What a crash right before the end leaves: all lines but the last.
    first.system.place(path, (first.system.readText(path) ?? '').replace(/.*"ended".*\n/, ''));
    const second = smallPlan([[{ path: '/home/a' }], [{ path: '/home/b', run: fail }]]);
    expect(await execute(second.plan, first.runOn({ runId: 'run-2' }))).toMatchObject({ state: 'undone' });
    expect(first.system.tree()).toEqual(before);
  });

  test('stops the other steps of the stage and takes them back, whether they had ended or not', async () => {
    const ends: string[] = [];
    const waitForStop = ({ signal }: { signal: AbortSignal }) =>
      new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => {
          ends.push('stopped');
          reject(new Error('stopped'));
        });
      });
    const { plan, system, runOn } = smallPlan([
      {
        atOnce: 3,
        steps: [
          { path: '/home/quick' },
          { path: '/home/long', run: waitForStop },
          { path: '/home/bad', run: fail },
          { path: '/home/never' },
        ],
      },
    ]);
    expect(await execute(plan, runOn())).toMatchObject({ state: 'undone', error: failure });
    expect(ends).toEqual(['stopped']);
    expect(system.tree()).toEqual(before);
    expect(system.calls).not.toContain('writeFile /home/never');
  });

  test('takes back only the failed stage and what is temporary when the stage says so', async () => {
    const { plan, system, runOn } = smallPlan([
      { steps: [{ path: '/home/scratch', temporary: true }, { path: '/home/agent' }] },
      { steps: [{ path: '/home/claim' }, { path: '/home/link', run: failClaim }], failureUndoes: 'stage' },
    ]);
    expect(await execute(plan, runOn())).toMatchObject({ state: 'not-claimed', changed: true, tookBack: true, error: notOnline });
    expect(homeOf(system)).toEqual(['/home/agent']);
  });

  test('does not say that a claim was taken back when its proof alone failed', async () => {
    const { plan, runOn } = smallPlan([
      { steps: [{ path: '/home/scratch', temporary: true }, { path: '/home/claim' }] },
      { steps: [{ path: 'the link', observes: true, run: failClaim }], failureUndoes: 'stage' },
    ]);
    const outcome = await execute(plan, runOn());
    expect(outcome).toMatchObject({ state: 'not-claimed', changed: true });
    expect(outcome).not.toHaveProperty('tookBack');
  });

  test('takes back all of the run when the claim fails and its stage does not keep the rest', async () => {
    const { plan, system, runOn } = smallPlan([[{ path: '/home/agent' }], [{ path: '/home/claim', run: failClaim }]]);
    expect(await execute(plan, runOn())).toMatchObject({ state: 'undone', changed: false, tookBack: true, error: notOnline });
    expect(homeOf(system)).toEqual([]);
  });

  test('calls a stage that failed for another reason than the claim kept, because the rest remains', async () => {
    const { plan, runOn } = smallPlan([
      [{ path: '/home/agent' }],
      { steps: [{ path: '/home/claim', run: fail }], failureUndoes: 'stage' },
    ]);
    expect(await execute(plan, runOn())).toMatchObject({ state: 'kept', changed: true });
  });

  test('goes on taking back when one change cannot be, and the receipt keeps that one', async () => {
    let busy = true;
    const undo = async () => {
      if (busy) throw new Error('The device is busy.');
    };
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }, { path: '/home/b', undo }, { path: '/home/c', run: fail }]]);
    const outcome = await execute(plan, runOn());
    expect(outcome).toMatchObject({
      state: 'undo-incomplete',
      changed: true,
      error: { code: 'UNDO_INCOMPLETE', cause: failure },
    });
    expect(outcome.error?.message).toContain('Write /home/b. The device is busy.');
    expect(homeOf(system)).toEqual(['/home/b']);

    const next = smallPlan([[{ path: '/home/d' }]]);
    expect(await execute(next.plan, runOn({ runId: 'run-2' }))).toMatchObject({ state: 'undo-incomplete', changed: false });
    expect(homeOf(system)).toEqual(['/home/b']);

    busy = false;
    expect(await execute(next.plan, runOn({ runId: 'run-3' }))).toMatchObject({ state: 'as-asked', changed: true });
    expect(homeOf(system)).toEqual(['/home/d']);
  });

  test('takes back on a full disk, where nothing can be recorded', async () => {
    let full = false;
    const fill = async () => {
      full = true;
      throw failure;
    };
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }], [{ path: '/home/b', run: fill }]]);
    const appendLine = async (path: string, line: string) => {
      if (full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      await system.appendLine(path, line);
    };
    expect(await execute(plan, runOn({ system: { ...system, appendLine } }))).toMatchObject({ state: 'undone', error: failure });
    expect(system.tree()).toEqual(before);
  });
});

describe('an optional step that fails', () => {
  const optional = { sentence: 'Unable to fetch sources for JSON-C.' };

  test('is taken back alone, said as a warning, and the run goes on', async () => {
    const { plan, system, events, runOn } = smallPlan([
      { steps: [{ path: '/home/a' }, { path: '/home/b', optional, run: fail }, { path: '/home/c' }] },
    ]);
    const outcome = await execute(plan, runOn());
    expect(outcome).toEqual({
      state: 'as-asked',
      changed: true,
      warnings: [{ sentence: 'Unable to fetch sources for JSON-C.', error: failure }],
      proofs: [],
    });
    expect(homeOf(system)).toEqual(['/home/a', '/home/c']);
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'step-failed', id: 'write /home/b', optional: optional.sentence }),
    );
  });

  test('is said in the sentence of its code, where that has one', async () => {
    const own = { ...optional, sentenceFor: { FETCH_FAILED: 'JSON-C cannot be had.', VERIFY_CHECKSUM: 'JSON-C is not JSON-C.' } };
    const { plan, runOn } = smallPlan([{ steps: [{ path: '/home/b', optional: own, run: fail }] }]);
    expect((await execute(plan, runOn())).warnings).toEqual([{ sentence: 'JSON-C cannot be had.', error: failure }]);
  });

  test('makes the steps that need it be skipped, and those that need them', async () => {
    const { plan, system, events, runOn } = smallPlan([
      { steps: [{ path: '/home/archive', optional, run: fail }, { path: '/home/other' }] },
      {
        steps: [
          { path: '/home/library', optional, needs: ['write /home/archive'] },
          { path: '/home/second', needs: ['write /home/other'] },
        ],
      },
      { steps: [{ path: '/home/test', needs: ['write /home/library'] }] },
    ]);
    expect(await execute(plan, runOn())).toMatchObject({ state: 'as-asked', warnings: [{ error: failure }] });
    expect(homeOf(system)).toEqual(['/home/other', '/home/second']);
    expect(events.filter(({ event }) => event === 'step-skipped')).toEqual([
      expect.objectContaining({ id: 'write /home/library', because: 'It needs what is missing: Write /home/archive.' }),
      expect.objectContaining({ id: 'write /home/test', because: 'It needs what is missing: Write /home/library.' }),
    ]);
  });

  test('is no option when the failure is a fault of ours', async () => {
    const fault = () => Promise.reject(new TypeError('x is not a function'));
    const { plan, system, runOn } = smallPlan([{ steps: [{ path: '/home/b', optional, run: fault }] }]);
    expect(await execute(plan, runOn())).toMatchObject({ state: 'undone', warnings: [] });
    expect(system.tree()).toEqual(before);
  });

  test('fails the run when it cannot be taken back', async () => {
    const stuck = () => Promise.reject(new Error('device is busy'));
    const { plan, runOn } = smallPlan([{ steps: [{ path: '/home/b', optional, run: fail, undo: stuck }] }]);
    expect(await execute(plan, runOn())).toMatchObject({ state: 'undo-incomplete', error: { code: 'UNDO_INCOMPLETE' } });
  });
});

describe('a run that the user stops', () => {
  test('takes back what it did', async () => {
    const user = new AbortController();
    const stop = async () => user.abort(new Error('Stopped by the user.'));
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a', run: stop }, { path: '/home/b' }], [{ path: '/home/c' }]]);
    const outcome = await execute(plan, runOn({ signal: user.signal }));
    expect(outcome).toMatchObject({ state: 'stopped-undone', changed: false, error: { message: 'Stopped by the user.' } });
    expect(system.tree()).toEqual(before);
  });

  test('keeps what it did when told to', async () => {
    const user = new AbortController();
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }, { path: '/home/b', run: async () => user.abort() }]]);
    const outcome = await execute(plan, runOn({ signal: user.signal, onFailure: 'keep' }));
    expect(outcome).toMatchObject({ state: 'stopped-kept', changed: true });
    expect(homeOf(system)).toEqual(['/home/a', '/home/b']);
  });

  test('changes nothing when it was stopped before it began', async () => {
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }]]);
    expect(await execute(plan, runOn({ signal: AbortSignal.abort() }))).toMatchObject({
      state: 'stopped-undone',
      changed: false,
    });
    expect(system.tree()).toEqual(before);
  });
});

describe('a run that cannot start', () => {
  test('leaves nothing when the receipt cannot be written', async () => {
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }]]);
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    await expect(execute(plan, runOn({ system: { ...system, appendLine: () => Promise.reject(full) } }))).rejects.toBe(full);
    expect(system.tree()).toEqual(before);
  });

  test('refuses when the receipt has a kind of change that only a newer kickstart knows', async () => {
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a' }]]);
    await execute(plan, runOn());
    const path = receiptPath(stateDirectory);
    system.place(path, (system.readText(path) ?? '').replaceAll('"small"', '"hologram"'));
    const tree = system.tree();
    await expect(execute(plan, runOn({ runId: 'run-2' }))).rejects.toMatchObject({ code: 'RECEIPT_UNREADABLE' });
    expect(system.tree()).toEqual(tree);
  });
});

function homeOf(system: FakeSystem): string[] {
  return Object.keys(system.tree()).filter((path) => path.startsWith('/home/'));
}

const failure = new KickstartError('FETCH_FAILED', { what: 'No file.', why: 'No server.', next: 'Wait.' });
const notOnline = new KickstartError('LINK_NOT_ONLINE', { what: 'Not online.', why: 'No link.', next: 'Wait.' });

async function fail(): Promise<void> {
  throw failure;
}

async function failClaim(): Promise<void> {
  throw notOnline;
}
