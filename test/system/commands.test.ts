import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createCommands } from '../../src/system/commands.ts';
import { Secret } from '../../src/system/secret.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const { query, run, startProcess, signalProcess } = createCommands({
  PATH: '/usr/bin:/bin',
  http_proxy: 'http://proxy.test',
  EDITOR: 'vi',
});

function shell(script: string) {
  return { program: 'sh', arguments: ['-c', script] };
}

it('gives back exit code, output and errors, and a failure of query is no error', async () => {
  expect(await query(shell('echo out; echo err >&2; exit 3'))).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
});

it('gives a program the listed environment only, and the C locale', async () => {
  const { stdout } = await run({ program: 'env', arguments: [], environment: { ADDED: new Secret('value') } });
  expect(stdout.trim().split('\n').toSorted()).toEqual([
    'ADDED=value',
    'LC_ALL=C',
    'PATH=/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin',
    'http_proxy=http://proxy.test',
  ]);
});

it('gives one that only answers a question no proxy', async () => {
  const { stdout } = await query({ program: 'env', arguments: [] });
  expect(stdout.trim().split('\n').toSorted()).toEqual(['LC_ALL=C', 'PATH=/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin']);
});

it('gives a program no standard input', async () => {
  expect(await query({ program: 'cat', arguments: [] })).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});

it.each([
  ['a program that does not exist', { program: 'no-such-program', arguments: [] }, 127],
  ['a file that cannot be executed', { program: '/etc/passwd', arguments: [] }, 126],
  ['a program that a signal ended', shell('kill -9 $$'), 137],
  ['a program whose time is over', { ...shell('sleep 60'), timeoutSeconds: 0.1 }, 124],
])('has an exit code for %s', async (_, command, exitCode) => {
  expect((await query(command)).exitCode).toBe(exitCode);
});

it('says which directory is missing, and does not blame the program', async () => {
  await expect(query({ program: 'true', arguments: [], directory: '/no/such/directory' })).rejects.toMatchObject({
    code: 'ENOENT',
    path: '/no/such/directory',
  });
});

it('keeps the last MiB of the output', async () => {
  const { stdout } = await query(shell('seq 1 300000'));
  expect(stdout).toHaveLength(1024 * 1024);
  expect(stdout.endsWith('299999\n300000\n')).toBe(true);
});

it('appends all output to the log, in the order in which it came', async () => {
  const logPath = `${scratchDirectory()}/build.log`;
  await run({ ...shell('echo one'), logPath });
  await run({ ...shell('echo two >&2'), logPath });
  expect(readFileSync(logPath, 'utf8')).toBe('one\ntwo\n');
});

it('does not append to a log through a link', async () => {
  const directory = scratchDirectory();
  writeFileSync(`${directory}/target`, 'as it was');
  symlinkSync('target', `${directory}/log`);
  await expect(run({ ...shell('echo x'), logPath: `${directory}/log` })).rejects.toMatchObject({ code: 'ELOOP' });
  expect(readFileSync(`${directory}/target`, 'utf8')).toBe('as it was');
});

it('ends all that a program has started when its time is over', async () => {
  const { stdout } = await query({ ...shell('sleep 60 & echo $!; sleep 60'), timeoutSeconds: 0.2 });
  await hasEnded(stdout.trim());
});

it('ends all that a program has started when the run is stopped, and then says why it was stopped', async () => {
  const stop = new AbortController();
  const logPath = `${scratchDirectory()}/log`;
  const running = run({ ...shell('sleep 60 & echo $!; sleep 60'), logPath }, stop.signal);
  const processId = await firstLineOf(logPath);
  stop.abort(new Error('the user stopped it'));
  await expect(running).rejects.toThrow('the user stopped it');
  await hasEnded(processId);
});

it('starts nothing when the run is stopped already', async () => {
  const path = `${scratchDirectory()}/file`;
  await expect(run({ program: 'touch', arguments: [path] }, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  expect(() => readFileSync(path)).toThrow('ENOENT');
});

it('does not wait for a daemon that holds the output open', async () => {
  const { exitCode, stdout } = await query(shell('setsid sleep 60 & echo $!'));
  expect(exitCode).toBe(0);
  await signalProcess(Number(stdout), 'SIGKILL');
});

it('says what a failed program said last, and where the rest is', async () => {
  const logPath = `${scratchDirectory()}/log`;
  await expect(run({ ...shell('echo no space left >&2; exit 2'), logPath })).rejects.toMatchObject({
    code: 'HOST_COMMAND_FAILED',
    what: '"sh -c echo no space left >&2; exit 2" ended with exit code 2.',
    why: 'no space left',
    next: `Repair what it says, and run kickstart again. The whole output is in ${logPath}.`,
  });
});

it('starts a process that stays, with its output in the log, and ends it', async () => {
  const logPath = `${scratchDirectory()}/daemon.log`;
  const processId = await startProcess({ ...shell('echo ready; exec sleep 60'), logPath });
  expect(await firstLineOf(logPath)).toBe('ready');
  const session = readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ')[1]?.split(' ')[3];
  expect(session).toBe(String(processId));
  await signalProcess(processId, 'SIGTERM');
  await expect.poll(() => isRunning(String(processId))).toBe(false);
});

it('hands no password of a proxy on to a process that stays', async () => {
  const logPath = `${scratchDirectory()}/daemon.log`;
  const proxies = {
    ...{
      http_proxy: 'http://proxy.test:3128',
      HTTPS_PROXY: 'http://user:canary@proxy.test:3128',
      all_proxy: 'canary@proxy.test',
    },
    no_proxy: 'example.test',
  };
  const own = createCommands({ PATH: process.env.PATH, ...proxies });
  const processId = await own.startProcess({ ...shell('env | grep -i proxy | sort; echo .; exec sleep 60'), logPath });
  await expect.poll(() => readFileSync(logPath, 'utf8')).toBe('http_proxy=http://proxy.test:3128\nno_proxy=example.test\n.\n');
  await signalProcess(processId, 'SIGTERM');
});

it('says that a process cannot be started', async () => {
  const logPath = `${scratchDirectory()}/daemon.log`;
  await expect(startProcess({ program: 'no-such-program', arguments: [], logPath })).rejects.toMatchObject({
    code: 'HOST_COMMAND_FAILED',
  });
});

it('is content with a signal to a process that is gone', async () => {
  const { stdout } = await query(shell('echo $$'));
  await signalProcess(Number(stdout), 'SIGTERM');
});

// A process that was killed ends when the kernel next lets it run, which is not at once on a busy machine.
async function hasEnded(processId: string): Promise<void> {
  await expect.poll(() => isRunning(processId), { timeout: 5000 }).toBe(false);
}

function isRunning(processId: string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${processId}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function firstLineOf(path: string): Promise<string> {
  const read = () => {
    try {
      return readFileSync(path, 'utf8').split('\n');
    } catch {
      return [];
    }
  };
  await expect.poll(() => read().length).toBeGreaterThan(1);
  return read()[0] ?? '';
}

it.skipIf(process.getuid?.() !== 0)('hands no proxy, token or password on to a program of another user', async () => {
  const environment = {
    ...{ PATH: process.env.PATH, HOME: '/root', TMPDIR: '/root/tmp', no_proxy: 'example.test' },
    ...{
      http_proxy: 'http://proxy.test:3128',
      HTTPS_PROXY: 'http://user:canary@proxy.test:3128',
      ALL_PROXY: 'socks5://canary@p',
    },
    ...{ NETDATA_CLAIM_TOKEN: 'canary', GITHUB_TOKEN: 'canary', KICKSTART_COMMAND: 'canary', NODE_OPTIONS: '--no-warnings' },
  };
  const own = createCommands(environment);
  const { stdout } = await own.query({
    ...shell('env -u _ -u PWD -u SHLVL -u OLDPWD | sort'),
    user: { userId: 60_999, groupId: 60_999 },
  });
  const names = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('=')[0]);
  expect(names).toEqual(['HOME', 'LC_ALL', 'PATH', 'TMPDIR']);
  expect(stdout).toContain('HOME=/\n');
});
