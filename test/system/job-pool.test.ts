import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createCommands } from '../../src/system/commands.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const environment = { PATH: '/usr/bin:/bin' };

/** A make with 20 jobs. Each leaves its name in running/, writes how many are there into counts, and waits until a file `go` is there, at most 10 s. */
function makefile(directory: string): string {
  mkdirSync(`${directory}/running`, { recursive: true });
  const path = `${directory}/Makefile`;
  const job = [
    'touch running/$(NAME)-$*',
    'ls running | wc -l >> counts',
    'for try in $$(seq 1 1000); do [ -e go ] && break; sleep 0.01; done',
    'rm running/$(NAME)-$*',
    'touch done-$(NAME)-$*',
  ].join('; ');
  writeFileSync(path, `all: $(foreach number,${numbers(20)},job-$(number))\njob-%:\n\t@${job}\n`);
  return path;
}

function numbers(count: number): string {
  return Array.from({ length: count }, (_, index) => index + 1).join(' ');
}

function makeOf(name: string, directory: string, slots: number) {
  return {
    ...{ program: 'make', arguments: [`NAME=${name}`], directory, logPath: `${directory}/log` },
    jobs: { path: `${directory}/jobs`, slots },
  };
}

function runningIn(directory: string): number {
  return readdirSync(`${directory}/running`).length;
}

function countsIn(directory: string): readonly number[] {
  return readFileSync(`${directory}/counts`, 'utf8').trim().split('\n').map(Number);
}

it('never runs more jobs of two makes than there are slots, and both finish', async () => {
  const directory = scratchDirectory();
  makefile(directory);
  const { run } = createCommands(environment);
  const running = Promise.all([run(makeOf('one', directory, 2)), run(makeOf('two', directory, 2))]);
  await expect.poll(() => runningIn(directory), { timeout: 5000 }).toBe(2);
  writeFileSync(`${directory}/go`, '');
  await running;
  expect(readdirSync(directory).filter((name) => name.startsWith('done-'))).toHaveLength(40);
  expect(Math.max(...countsIn(directory))).toBe(2);
  expect(readFileSync(`${directory}/log`, 'utf8')).not.toMatch(/jobserver/);
});

it.each([1, 2, 3])('gives a make that is alone all %s slots', async (slots) => {
  const directory = scratchDirectory();
  makefile(directory);
  const { run } = createCommands(environment);
  const running = run(makeOf('one', directory, slots));
  await expect.poll(() => runningIn(directory), { timeout: 5000 }).toBe(slots);
  writeFileSync(`${directory}/go`, '');
  await running;
  expect(Math.max(...countsIn(directory))).toBe(slots);
});

it('starts a second make when the first has given its slot back, however it ended', async () => {
  const directory = scratchDirectory();
  makefile(directory);
  const { run } = createCommands(environment);
  const jobs = { path: `${directory}/jobs`, slots: 1 };
  const order: string[] = [];
  const failing = run({ program: 'false', arguments: [], jobs }).catch(() => order.push('failed'));
  const missing = run({ program: 'no-such-program', arguments: [], jobs }).catch(() => order.push('missing'));
  const last = run({ program: 'true', arguments: [], jobs }).then(() => order.push('done'));
  await Promise.all([failing, missing, last]);
  expect(order.toSorted()).toEqual(['done', 'failed', 'missing']);
});

it('gives back what a killed make had taken', async () => {
  const directory = scratchDirectory();
  makefile(directory);
  const { run } = createCommands(environment);
  const killed = run({ ...makeOf('one', directory, 3), arguments: ['NAME=one', 'SHELL=/bin/sh'] });
  await expect.poll(() => runningIn(directory), { timeout: 5000 }).toBe(3);
  killMakesIn(directory);
  await expect(killed).rejects.toMatchObject({ code: 'HOST_COMMAND_FAILED' });
  rmSync(`${directory}/running`, { recursive: true });
  mkdirSync(`${directory}/running`);
  const again = run(makeOf('two', directory, 3));
  await expect.poll(() => namesIn(directory, 'two'), { timeout: 5000 }).toBe(3);
  writeFileSync(`${directory}/go`, '');
  await again;
});

it('frees all slots and leaves nothing open when the run is stopped', async () => {
  const directory = scratchDirectory();
  makefile(directory);
  const { run } = createCommands(environment);
  const stop = new AbortController();
  const makes = ['one', 'two', 'three'].map((name) => run(makeOf(name, directory, 2), stop.signal));
  const all = Promise.allSettled(makes);
  await expect.poll(() => runningIn(directory), { timeout: 5000 }).toBe(2);
  stop.abort(new Error('the user stopped it'));
  expect((await all).map((end) => (end.status === 'rejected' ? String(end.reason) : 'done'))).toEqual([
    'Error: the user stopped it',
    'Error: the user stopped it',
    'Error: the user stopped it',
  ]);
  await expect.poll(() => openHere(`${directory}/jobs`)).toBe(0);
});

it('starts nothing that waited for a slot when the run is stopped', async () => {
  const directory = scratchDirectory();
  makefile(directory);
  const { run } = createCommands(environment);
  const first = run(makeOf('one', directory, 1));
  await expect.poll(() => runningIn(directory), { timeout: 5000 }).toBe(1);
  const stop = new AbortController();
  const waiting = run({ ...makeOf('two', directory, 1), program: 'touch', arguments: [`${directory}/started`] }, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  writeFileSync(`${directory}/go`, '');
  await first;
  expect(existsSync(`${directory}/started`)).toBe(false);
  expect(openHere(`${directory}/jobs`)).toBe(0);
});

it('refuses something that is no pipe in the place of the pool', async () => {
  const directory = scratchDirectory();
  writeFileSync(`${directory}/jobs`, 'a file');
  const { run } = createCommands(environment);
  await expect(run({ program: 'true', arguments: [], jobs: { path: `${directory}/jobs`, slots: 1 } })).rejects.toMatchObject({
    code: 'EINVAL',
    path: `${directory}/jobs`,
  });
  expect(readFileSync(`${directory}/jobs`, 'utf8')).toBe('a file');
});

function namesIn(directory: string, make: string): number {
  return readdirSync(`${directory}/running`).filter((name) => name.startsWith(make)).length;
}

/** Only those that the test itself started: their directory is the test's own. The make goes first, so that it cannot give anything back. */
function killMakesIn(directory: string): void {
  const makes = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandOf(name) === 'make' && isIn(name, directory));
  expect(makes).toHaveLength(1);
  for (const name of makes) process.kill(Number(name), 'SIGKILL');
}

function commandOf(processId: string): string {
  return readOr(`/proc/${processId}/comm`).trim();
}

function isIn(processId: string, directory: string): boolean {
  return (
    readOr(`/proc/${processId}/environ`).includes('--jobserver') &&
    spawnSync('readlink', [`/proc/${processId}/cwd`])
      .stdout.toString()
      .trim() === directory
  );
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** How often this process has the file open. */
function openHere(path: string): number {
  return readdirSync('/proc/self/fd').filter(
    (name) =>
      spawnSync('readlink', [`/proc/${process.pid}/fd/${name}`])
        .stdout.toString()
        .trim() === path,
  ).length;
}
