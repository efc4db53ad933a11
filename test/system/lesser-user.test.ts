import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createCommands } from '../../src/system/commands.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

// Of the numbers that are nobody's, and in no block that kickstart would take.
const builder = { userId: 61180, groupId: 61180 };
const isRoot = process.getuid?.() === 0;
const { query, run } = createCommands({ PATH: '/usr/bin:/bin', HOME: '/root', TMPDIR: '/root/tmp' });

it.runIf(isRoot)('runs a program as another user, who has none of the groups of root', async () => {
  expect((await query({ program: 'id', arguments: [], user: builder })).stdout).toBe('uid=61180 gid=61180 groups=61180\n');
});

it.runIf(isRoot)('gives another user neither the rights nor the home of root', async () => {
  const directory = forOthers();
  const status = await query({ program: 'grep', arguments: ['^CapEff', '/proc/self/status'], user: builder });
  expect(status.stdout).toBe('CapEff:\t0000000000000000\n');
  const { stdout } = await query({ program: 'sh', arguments: ['-c', 'echo $HOME $TMPDIR'], directory, user: builder });
  expect(stdout).toBe(`${directory} ${directory}\n`);
  expect((await query({ program: 'touch', arguments: ['/root/kickstart-test'], user: builder })).exitCode).toBe(1);
});

it.runIf(isRoot)('ends a daemon that a program of another user has left behind', async () => {
  const directory = forOthers();
  const script =
    'setsid sh -c "echo \\$\\$ > daemon; exec sleep 60" </dev/null >/dev/null 2>&1 & while ! [ -s daemon ]; do :; done';
  await run({ program: 'sh', arguments: ['-c', script], directory, user: builder });
  expect(daemonRuns(directory)).toBe(false);
});

it.runIf(isRoot)('ends a daemon that has emptied its environment, once the user runs nothing else', async () => {
  const directory = forOthers();
  const script =
    'setsid env -i sh -c "echo \\$\\$ > daemon; exec sleep 60" </dev/null >/dev/null 2>&1 & while ! [ -s daemon ]; do :; done';
  await run({ program: 'sh', arguments: ['-c', script], directory, user: builder });
  expect(daemonRuns(directory)).toBe(false);
});

it.runIf(isRoot)('leaves alone what another command of the same user runs', async () => {
  const directory = forOthers();
  const waits = 'touch started; while ! [ -e go ]; do sleep 0.01; done';
  const other = run({ program: 'sh', arguments: ['-c', waits], directory, user: builder, timeoutSeconds: 20 });
  await expect.poll(() => existsSync(`${directory}/started`)).toBe(true);
  await run({ program: 'true', arguments: [], directory, user: builder });
  await run({ program: 'touch', arguments: ['go'], directory, user: builder });
  expect((await other).exitCode).toBe(0);
});

it.runIf(isRoot)('ends all that a program of another user has started when the run is stopped', async () => {
  const directory = forOthers();
  const stop = new AbortController();
  const script = 'setsid sh -c "echo \\$\\$ > daemon; exec sleep 60" & sleep 60';
  const running = run({ program: 'sh', arguments: ['-c', script], directory, user: builder }, stop.signal);
  await expect.poll(() => existsSync(`${directory}/daemon`) && readFileSync(`${directory}/daemon`, 'utf8')).toMatch(/\n/);
  stop.abort(new Error('the user stopped it'));
  await expect(running).rejects.toThrow('the user stopped it');
  expect(daemonRuns(directory)).toBe(false);
});

it.runIf(isRoot)('shares the pool of jobs with a program of another user', async () => {
  const directory = forOthers();
  const pool = { path: `${scratchDirectory()}/jobs`, slots: 2 };
  const arguments_ = ['-f', '-', '--eval', 'all: one two\none two: ; @echo $@'];
  const { stdout, stderr } = await run({ program: 'make', arguments: arguments_, directory, user: builder, jobs: pool });
  expect(stdout.split('\n').toSorted()).toEqual(['', 'one', 'two']);
  expect(stderr).toBe('');
});

/** One that has ended is a zombie until the first process of the machine takes note of it. */
function daemonRuns(directory: string): boolean {
  const processId = readFileSync(`${directory}/daemon`, 'utf8').trim();
  if (!existsSync(`/proc/${processId}`)) return false;
  return !/\) [ZX] /.test(readFileSync(`/proc/${processId}/stat`, 'utf8'));
}

function forOthers(): string {
  const directory = scratchDirectory();
  chmodSync(directory, 0o777);
  return directory;
}
