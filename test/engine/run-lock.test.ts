import { describe, expect, test } from 'vitest';
import { execute } from '../../src/engine/execute.ts';
import { withRunLock } from '../../src/engine/run-lock.ts';
import { createFakeSystem } from '../support/fake-system.ts';
import { smallPlan } from '../support/small-plan.ts';

const stat = (processId: number, startTicks: number) =>
  // A program may have brackets and spaces in its name.
  `${processId} (kick) start) S 1 ${processId} ${processId} 0 -1 4194304 100 0 0 0 5 3 0 0 20 0 11 0 ${startTicks} 1000 200 0\n`;

const proc = { '/proc/self/stat': stat(100, 7000), '/proc/100/stat': stat(100, 7000), '/proc/200/stat': stat(200, 8000) };

describe('the lock of a run', () => {
  test('is there while the work runs, names the process, and is gone afterwards with its directories', async () => {
    const system = createFakeSystem({ files: proc });
    const result = await withRunLock({ stateDirectory: '/var/lib/kickstart', processId: 100, system }, async () => {
      expect(system.tree()['/var/lib/kickstart/running-100-7000']).toBe('link -> 2026-11-20T12:00:00.000Z');
      return 'done';
    });
    expect(result).toBe('done');
    expect(system.tree()).toEqual({});
  });

  test('goes when the work fails', async () => {
    const system = createFakeSystem({ files: proc });
    const work = () => Promise.reject(new Error('no'));
    await expect(withRunLock({ stateDirectory: '/state', processId: 100, system }, work)).rejects.toThrow('no');
    expect(system.tree()).toEqual({});
  });

  test('refuses a second run and names the first and since when, and the first goes on', async () => {
    const system = createFakeSystem({ files: proc });
    await withRunLock({ stateDirectory: '/state', processId: 100, system }, async () => {
      const second = withRunLock({ stateDirectory: '/state', processId: 200, system }, async () => 'never');
      await expect(second).rejects.toMatchObject({
        code: 'HOST_BUSY',
        what: 'Another kickstart is working on this install: process 100, since 2026-11-20T12:00:00.000Z.',
      });
      expect(Object.keys(system.tree())).toEqual(['/state', '/state/running-100-7000']);
    });
    expect(system.tree()).toEqual({});
  });

  test('refuses a second run of the same process', async () => {
    const system = createFakeSystem({ files: proc });
    await withRunLock({ stateDirectory: '/state', processId: 100, system }, async () => {
      const second = withRunLock({ stateDirectory: '/state', processId: 100, system }, async () => 'never');
      await expect(second).rejects.toMatchObject({ code: 'HOST_BUSY' });
    });
  });

  test('lets at most one of two work that come at the same time', async () => {
    const system = createFakeSystem({ files: proc });
    let working = 0;
    const work = async () => {
      expect(++working).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      working--;
    };
    await Promise.allSettled([100, 200].map((processId) => withRunLock({ stateDirectory: '/state', processId, system }, work)));
    expect(system.tree()).toEqual({});
  });

  test('takes over from a process that is gone, and from one whose number was given to another', async () => {
    const files = { ...proc, '/state/running-999-5000': { link: 'then' }, '/state/running-200-5000': { link: 'then' } };
    const system = createFakeSystem({ files });
    await withRunLock({ stateDirectory: '/state', processId: 100, system }, async () => {
      expect(Object.keys(system.tree())).toEqual(['/state', '/state/running-100-7000']);
    });
  });

  test('takes over from a process that has ended and only waits for its parent', async () => {
    const files = {
      ...proc,
      '/proc/200/stat': stat(200, 8000).replace(') S', ') Z'),
      '/state/running-200-8000': { link: 'then' },
    };
    const system = createFakeSystem({ files });
    expect(await withRunLock({ stateDirectory: '/state', processId: 100, system }, async () => 'done')).toBe('done');
  });

  test('asks ps where there is no /proc', async () => {
    const row = (processId: string, stdout: string, exitCode = 0) => ({
      ...{ program: 'ps', arguments: ['-o', 'lstart=', '-p', processId] },
      result: { stdout, exitCode },
    });
    const system = createFakeSystem({
      files: {
        '/state/running-200-Fri.Nov.20.10.00.00.2026': { link: 'ten' },
        '/state/running-300-Fri.Nov.20.10.00.00.2026': { link: 'ten' },
      },
      commands: [row('100', 'Fri Nov 20 12:00:00 2026\n'), row('200', '', 1), row('300', 'Fri Nov 20 10:00:00 2026\n')],
    });
    const run = withRunLock({ stateDirectory: '/state', processId: 100, system }, async () => 'never');
    await expect(run).rejects.toMatchObject({ what: 'Another kickstart is working on this install: process 300, since ten.' });
    expect(Object.keys(system.tree())).toEqual(['/state', '/state/running-300-Fri.Nov.20.10.00.00.2026']);
  });

  test('and a receipt share the state directory, and neither leaves it behind', async () => {
    const { plan, system, runOn } = smallPlan([[{ path: '/home/a', run: () => Promise.reject(new Error('no')) }]], {
      files: { ...proc, '/home': { directory: true } },
    });
    const stateDirectory = '/opt/netdata/kickstart';
    await withRunLock({ stateDirectory, processId: 100, system }, () => execute(plan, runOn({ stateDirectory })));
    expect(Object.keys(system.tree())).toEqual(['/home']);
  });
});
