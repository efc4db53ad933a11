import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { commandFailed } from './command-failed.ts';
import { errorCode } from './error-code.ts';
import { type HeldProgram, holdProgram, rootsEnvironment } from './held-program.ts';
import { createJobPools, type JobShare } from './job-pool.ts';
import { createLesserUsers } from './lesser-user.ts';
import { type Environment, lastingEnvironment, listedEnvironment, withoutProxies } from './listed-environment.ts';
import { keepTail, openLog } from './output-log.ts';
import { Secret } from './secret.ts';
import type { Command, CommandResult, System } from './system.ts';

type Commands = Pick<System, 'query' | 'run' | 'startProcess' | 'signalProcess'>;

/** Programs, run by execa: argument arrays only. A program and all it started end together, when its time is over or the run is stopped. */
export function createCommands(environment: Environment): Commands {
  const listed = listedEnvironment(environment);
  const asLesserUser = createLesserUsers();
  const pools = createJobPools(async (path) => {
    const command = { program: 'mkfifo', arguments: ['-m', '600', path], timeoutSeconds: 60 };
    const result = await carryOut(command, listed);
    if (result.exitCode !== 0) throw commandFailed(command, result);
  });
  return {
    // What only answers asks no network, and needs no proxy, which may have a password.
    query: (command) => asItsUser({ timeoutSeconds: 60, ...command }, { given: withoutProxies(listed) }),
    async run(command, signal) {
      signal?.throwIfAborted();
      const timed = { timeoutSeconds: 3600, ...command };
      const result =
        command.jobs === undefined
          ? await asItsUser(timed, { signal })
          : await pools.withSlot(command.jobs, (share) => asItsUser(timed, { signal, share }), signal);
      // After the program has ended: whoever catches this may remove the files it was writing.
      signal?.throwIfAborted();
      if (result.exitCode !== 0) throw commandFailed(command, result);
      return result;
    },
    startProcess: (command) => startProcess(command, lastingEnvironment(listed)),
    async signalProcess(processId, signal) {
      try {
        process.kill(processId, signal);
      } catch (error) {
        if (errorCode(error) !== 'ESRCH') throw error;
      }
    },
  };

  function asItsUser(command: Timed, { signal, share, given = listed }: HowToRun): Promise<CommandResult> {
    const shared = share === undefined ? command : { ...command, environment: { ...share.environment, ...command.environment } };
    const more = { signal, fileDescriptor: share?.fileDescriptor };
    if (command.user === undefined) return carryOut(shared, given, more);
    return asLesserUser(command.user.userId, () => carryOut(shared, given, more));
  }
}

type Timed = Command & { timeoutSeconds: number };

interface HowToRun {
  signal?: AbortSignal | undefined;
  share?: JobShare;
  /** The environment. */
  given?: Record<string, string>;
}

interface Carrying {
  signal?: AbortSignal | undefined;
  /** Of a job server; the program has it as 3, to read, and as 4, to write. */
  fileDescriptor?: number | undefined;
}

async function carryOut(
  command: Timed,
  listed: Record<string, string>,
  { signal, fileDescriptor }: Carrying = {},
): Promise<CommandResult> {
  // Lazily: kickstart --version must not pay for it.
  const { execa } = await import('execa');
  const log = command.logPath === undefined ? undefined : await openLog(command.logPath);
  const { held, environment } = prepare(command, listed);
  // The cast: execa passes on any descriptor, and its types name 3 to 9 only.
  const passed = fileDescriptor as 3;
  try {
    if ('refused' in held) return { exitCode: 126, stdout: '', stderr: `${held.refused}\n` };
    const subprocess = execa(held.file, [...command.arguments], {
      ...spawnOptions(command, environment, held),
      extendEnv: false,
      reject: false,
      stdio: ['ignore', 'pipe', 'pipe', ...(fileDescriptor === undefined ? [] : [passed, passed])],
      buffer: false,
      timeout: Math.ceil(command.timeoutSeconds * 1000),
      killDescendants: true,
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
    const [stdout, stderr] = [keepTail(subprocess.stdout, log), keepTail(subprocess.stderr, log)];
    const stopWaiting = stopReadingAfterExit(subprocess);
    const result = await subprocess;
    stopWaiting();
    // What its leader left behind when it was made to end; the group's id cannot be another's while one of them lives.
    if (result.isTerminated || result.timedOut) subprocess.kill('SIGKILL');
    return { exitCode: await exitCodeOf(result, command), stdout: stdout(), stderr: stderr() };
  } finally {
    held.release();
    await log?.close();
  }
}

/** A daemon that a program left behind may hold its output open for ever; what it says is not the program's output any more. */
function stopReadingAfterExit({
  nodeChildProcess,
  stdout,
  stderr,
}: {
  nodeChildProcess: ChildProcess;
  stdout: Readable;
  stderr: Readable;
}) {
  let timer: NodeJS.Timeout | undefined;
  nodeChildProcess.once('exit', () => {
    timer = setTimeout(() => {
      stdout.destroy();
      stderr.destroy();
    }, 1000);
  });
  return () => clearTimeout(timer);
}

/** Not with execa, which is made for programs that end. */
async function startProcess(command: Command & { logPath: string }, listed: Record<string, string>): Promise<number> {
  const log = await openLog(command.logPath);
  const { held, environment } = prepare(command, listed);
  try {
    if ('refused' in held) throw commandFailed(command, { exitCode: 126, stdout: '', stderr: held.refused });
    const child = spawn(held.file, [...command.arguments], {
      ...spawnOptions(command, environment, held),
      stdio: ['ignore', log.fileDescriptor, log.fileDescriptor],
      detached: true,
    });
    await once(child, 'spawn');
    child.unref();
    // Always there after `spawn`.
    return child.pid ?? 0;
  } catch (error) {
    const exitCode = await exitCodeOf({ timedOut: false, cause: error }, command);
    throw commandFailed(command, { exitCode, stdout: '', stderr: '' });
  } finally {
    held.release();
    await log.close();
  }
}

/** What is executed, and the environment that it gets, as they are now. */
function prepare(command: Command, listed: Record<string, string>) {
  const environment = rootsEnvironment(listed);
  return { held: heldOrRefused(command, environment.PATH ?? ''), environment };
}

function heldOrRefused(command: Command, path: string): HeldProgram | { refused: string; release(): void } {
  try {
    return holdProgram(command, path);
  } catch (error) {
    if (!(error instanceof Error) || errorCode(error) !== 'EPERM') throw error;
    return { refused: `Root executes nothing that others can change. ${error.message}`, release: () => undefined };
  }
}

function spawnOptions(command: Command, listed: Record<string, string>, { argv0 }: HeldProgram) {
  const { directory = '/', environment = {}, user } = command;
  const added = Object.entries(environment).map(([name, text]) => [name, text instanceof Secret ? Secret.reveal(text) : text]);
  // Another user can write neither in our home nor, perhaps, in our directory for temporary files. Its other groups go: libuv calls setgroups(0).
  const other = user === undefined ? {} : { uid: user.userId, gid: user.groupId };
  const homes = user === undefined ? {} : { HOME: directory, TMPDIR: directory };
  const passed = user === undefined ? listed : withoutProxies(listed);
  return { cwd: directory, env: { ...passed, ...homes, ...Object.fromEntries(added) }, ...(argv0 && { argv0 }), ...other };
}

interface Ended {
  exitCode?: number | undefined;
  signal?: string | undefined;
  timedOut: boolean;
  code?: string | undefined;
  cause?: unknown;
}

async function exitCodeOf(result: Ended, command: Command): Promise<number> {
  if (result.timedOut) return 124;
  if (result.exitCode !== undefined) return result.exitCode;
  const signalNumber = Object.entries(constants.signals).find(([name]) => name === result.signal)?.[1];
  if (signalNumber !== undefined) return 128 + signalNumber;
  const code = result.code ?? errorCode(result.cause);
  // The same error for a program and for a directory that does not exist; the second is no fault of the program.
  if (code === 'ENOENT' && command.directory !== undefined) await stat(command.directory);
  if (code === 'ENOENT') return 127;
  if (code === 'EACCES') return 126;
  throw result.cause ?? new Error(`${command.program} could not be started.`);
}
