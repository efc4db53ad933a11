import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createCommands } from '../../src/system/commands.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

// Of the numbers that are nobody's, another for each process that runs this file: all that has the number is ended.
const id = 60578 + (process.pid % 600);
const builder = { userId: id, groupId: id };
const isRoot = process.getuid?.() === 0;
const { query, run } = createCommands({ PATH: '/usr/bin:/bin', HOME: '/root', TMPDIR: '/root/tmp' });

it.runIf(isRoot)('runs a program as another user, who has none of the groups of root', async () => {
  expect((await query({ program: 'id', arguments: [], user: builder })).stdout).toBe(`uid=${id} gid=${id} groups=${id}\n`);
});

it.runIf(isRoot)('gives another user neither the rights nor the home of root', async () => {
  const directory = forOthers();
  const status = await query({ program: 'grep', arguments: ['^CapEff', '/proc/self/status'], user: builder });
  expect(status.stdout).toBe('CapEff:\t0000000000000000\n');
  const { stdout } = await query({ program: 'sh', arguments: ['-c', 'echo $HOME $TMPDIR'], directory, user: builder });
  expect(stdout).toBe(`${directory} ${directory}\n`);
  expect((await query({ program: 'touch', arguments: ['/root/kickstart-test'], user: builder })).exitCode).toBe(1);
});

it.runIf(isRoot).each([
  ['has been left behind', 'setsid'],
  ['has emptied its environment', 'setsid env -i'],
  ['has given itself another environment', 'setsid env KICKSTART_BUILD=x'],
])('ends a daemon that %s', async (_, starts) => {
  const directory = forOthers();
  const script = `${starts} sh -c "echo \\$\\$ > daemon; exec sleep 60" </dev/null >/dev/null 2>&1 & while ! [ -s daemon ]; do :; done`;
  await run({ program: 'sh', arguments: ['-c', script], directory, user: builder });
  expect(daemonRuns(directory)).toBe(false);
});

it.runIf(isRoot)('ends a daemon whose first thread has ended, and which looks like one that has ended itself', async () => {
  const directory = forOthers();
  const source = `#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void *stay(void *nothing) { sleep(60); return nothing; }
int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, stay, NULL);
  FILE *file = fopen("daemon", "w");
  fprintf(file, "%d\\n", getpid());
  fclose(file);
  pthread_exit(NULL);
}
`;
  writeFileSync(`${directory}/threads.c`, source);
  await run({ program: 'cc', arguments: ['-o', 'threads', 'threads.c', '-lpthread'], directory });
  const script =
    'setsid ./threads </dev/null >/dev/null 2>&1 & while ! [ -s daemon ]; do :; done; while ! grep -q "^State:.Z" /proc/$(cat daemon)/status; do :; done';
  await run({ program: 'sh', arguments: ['-c', script], directory, user: builder, timeoutSeconds: 20 });
  expect(threadsOf(directory)).toEqual([]);
});

it.runIf(isRoot)('ends what starts another of itself all the time', async () => {
  const directory = forOthers();
  const script = 'echo $$ > daemon; sh ./again & exit';
  writeFileSync(`${directory}/again`, script);
  const starts = 'setsid sh ./again </dev/null >/dev/null 2>&1 & while ! [ -s daemon ]; do :; done';
  await run({ program: 'sh', arguments: ['-c', starts], directory, user: builder });
  const { stdout } = await query({ program: 'ps', arguments: ['-eo', 'uid=,stat='] });
  expect(stdout.split('\n').filter((line) => line.trim().startsWith(`${id} `) && !/ Z/.test(line))).toEqual([]);
});

it.runIf(isRoot)('hands no proxy on, which may have our password', async () => {
  const own = createCommands({ PATH: '/usr/bin:/bin', https_proxy: 'http://ann:canary@p:1', NO_PROXY: 'x' });
  const { stdout } = await own.run({ program: 'env', arguments: [], environment: { ADDED: 'value' }, user: builder });
  expect(stdout).toContain('ADDED=value\n');
  expect(stdout).not.toMatch(/proxy|canary/i);
});

it('does nothing as root, of whom it would end everything', async () => {
  const root = { userId: 0, groupId: 0 };
  await expect(run({ program: 'true', arguments: [], directory: '/', user: root })).rejects.toThrow('Root is no lesser user');
});

it.runIf(isRoot)('leaves alone what a command of another build runs', async () => {
  const directory = forOthers();
  const waits = 'touch started; while ! [ -e go ]; do sleep 0.01; done';
  const other = run({ program: 'sh', arguments: ['-c', waits], directory, user: builder, timeoutSeconds: 20 });
  await expect.poll(() => existsSync(`${directory}/started`)).toBe(true);
  await run({ program: 'true', arguments: [], directory, user: { userId: id + 1, groupId: id + 1 } });
  await expect(run({ program: 'true', arguments: [], directory, user: builder })).rejects.toThrow(
    `Two commands at once as the user ${id}: each build has a user of its own.`,
  );
  await run({ program: 'touch', arguments: ['go'], directory });
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

function threadsOf(directory: string): readonly string[] {
  const tasks = `/proc/${readFileSync(`${directory}/daemon`, 'utf8').trim()}/task`;
  const threads = existsSync(tasks) ? readdirSync(tasks) : [];
  return threads.filter((thread) => !/\) [ZX] /.test(readFileSync(`${tasks}/${thread}/stat`, 'utf8')));
}

function forOthers(): string {
  const directory = scratchDirectory();
  chmodSync(directory, 0o777);
  return directory;
}
