import { expect, it } from 'vitest';
import { withEntryLock } from '../../../src/artifacts/cache/entry-lock.ts';
import type { System } from '../../../src/system/system.ts';
import { createFakeSystem, type FakeSystem } from '../../support/fake-system.ts';

const entry = '/cache/built/key';

/** A machine on which process 100 is this kickstart, and 200 another program that is alive. */
function machine(): FakeSystem {
  return createFakeSystem({
    files: {
      '/cache': { directory: true },
      '/proc/self/stat': stat(100, 7000),
      '/proc/100/stat': stat(100, 7000),
      '/proc/200/stat': stat(200, 8000),
    },
  });
}

function stat(processId: number, startTicks: number, state = 'S'): string {
  return `${processId} (a (b) c) ${state} ${'0 '.repeat(18)}${startTicks} 0`;
}

function lock(system: System, work: (isHeld: boolean) => Promise<unknown> = async (isHeld) => isHeld, waitSeconds = 0) {
  const said: string[] = [];
  const result = withEntryLock({ entry, waitSeconds }, { system, progress: (text) => said.push(text) }, work);
  return result.then((value) => ({ value, said }));
}

function besides(system: FakeSystem): readonly string[] {
  return Object.keys(system.tree()).filter((path) => path.startsWith('/cache/built/.'));
}

it('is held while the work goes on, and leaves nothing', async () => {
  const system = machine();
  const { value } = await lock(system, async (isHeld) => [isHeld, besides(system)]);
  expect(value).toEqual([true, ['/cache/built/.key.lock-1-100-7000-000000000001']]);
  expect(besides(system)).toEqual([]);
});

it('lets only one work at a time, however many come at once', async () => {
  const system = machine();
  const order: string[] = [];
  const work = (name: string) => async () => {
    order.push(`${name} begins`);
    await system.sleep(1000);
    order.push(`${name} ends`);
  };
  await Promise.all(['a', 'b', 'c'].map((name) => lock(system, work(name), 60)));
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

it('waits for a living process, says so, and takes its turn afterwards', async () => {
  const system = machine();
  system.place('/cache/built/.key.lock-4-200-8000-00000000000f', { link: 'since' });
  const { sleep } = system;
  system.sleep = async (milliseconds) => {
    await sleep(milliseconds);
    system.remove('/cache/built/.key.lock-4-200-8000-00000000000f');
  };
  expect(await lock(system, undefined, 60)).toEqual({ value: true, said: ['waiting for process 200, which works on it'] });
});

it('does not wait longer than it was told to', async () => {
  const system = machine();
  system.place('/cache/built/.key.lock-4-200-8000-00000000000f', { link: 'since' });
  const before = system.now();
  expect(await lock(system, undefined, 2)).toMatchObject({ value: false });
  expect(system.now() - before).toBe(2000);
  expect(besides(system)).toEqual(['/cache/built/.key.lock-4-200-8000-00000000000f']);
});

it('waits for one that is just coming, because it may be served first', async () => {
  const system = machine();
  system.place('/cache/built/.key.lock-0-200-8000-00000000000f', { link: 'since' });
  expect(await lock(system)).toMatchObject({ value: false });
});

it.each([
  ['of a process that is gone', '300-8000'],
  ['of an earlier process with the same id', '200-7999'],
  ['of somebody who cannot be found out', 'unknown-unknown'],
])('takes no notice of what was left %s, and removes it', async (_, owner) => {
  const system = machine();
  for (const number of [0, 4]) system.place(`/cache/built/.key.lock-${number}-${owner}-00000000000f`, { link: 'since' });
  expect(await lock(system)).toMatchObject({ value: true });
  expect(besides(system)).toEqual([]);
});

it('takes no notice of a process that has ended and only waits for its parent', async () => {
  const system = machine();
  system.place('/proc/200/stat', stat(200, 8000, 'Z'));
  system.place('/cache/built/.key.lock-4-200-8000-00000000000f', { link: 'since' });
  expect(await lock(system)).toMatchObject({ value: true });
});

it('does not wait for work on another entry', async () => {
  const system = machine();
  system.place('/cache/built/.key2.lock-1-200-8000-00000000000f', { link: 'since' });
  expect(await lock(system)).toMatchObject({ value: true });
  expect(besides(system)).toEqual(['/cache/built/.key2.lock-1-200-8000-00000000000f']);
});

it('is given back when the work fails', async () => {
  const system = machine();
  const failing = async () => {
    throw new Error('no room');
  };
  await expect(lock(system, failing)).rejects.toThrow('no room');
  expect(besides(system)).toEqual([]);
});

it('is taken also when another run removes the empty directory at that moment', async () => {
  const system = machine();
  const { createLink } = system;
  let removals = 0;
  system.createLink = async (path, target) => {
    removals += 1;
    if (removals === 1) await system.removeEmptyDirectory('/cache/built');
    await createLink(path, target);
  };
  expect(await lock(system)).toMatchObject({ value: true });
});
