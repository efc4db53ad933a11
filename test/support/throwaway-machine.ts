import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ran {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** This machine as it is, in which everything may be done: writes land in memory, processes end with it, and the host never sees either. The network is the host's. */
export interface ThrowawayMachine {
  run(
    command: readonly string[],
    options?: { environment?: Record<string, string>; user?: { userId: number; groupId: number } },
  ): Promise<Ran>;
  /** Starts a command and gives its process, as seen from the host, to be watched or killed. */
  start(command: readonly string[], options?: { environment?: Record<string, string> }): ChildProcess;
  stop(): Promise<void>;
}

// overlayfs cannot have its own upper directory below its lower one on all kernels; a tmpfs of its own is below no other.
const setUp = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount --rbind /dev "$1/root/dev"
mount --rbind /sys "$1/root/sys"
mount -t proc proc "$1/root/proc"
echo ready
exec chroot "$1/root" sleep infinity
`;

/** Throws with the kernel's own words when it refuses; see `throwawayMachineRefusal`. */
export async function startThrowawayMachine(): Promise<ThrowawayMachine> {
  const mountPoint = mkdtempSync(join(tmpdir(), 'kickstart-machine-'));
  // The death signal takes everything away also when this test process is killed.
  const host = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', setUp, 'sh', mountPoint],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  try {
    await ready(host);
  } catch (error) {
    rmSync(mountPoint, { recursive: true, force: true });
    throw error;
  }
  const init = await childOf(host.pid ?? 0);
  const enter = (
    command: readonly string[],
    environment: Record<string, string> = {},
    user?: { userId: number; groupId: number },
  ) =>
    spawn(
      'nsenter',
      [
        ...['--target', String(init), '--mount', '--pid', '--root', '--wdns=/'],
        ...(user === undefined ? [] : [`--setuid=${user.userId}`, `--setgid=${user.groupId}`]),
        ...['env', '-i', `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`, 'HOME=/root'],
        ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        ...command,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
  return {
    run: (command, { environment, user } = {}) => finished(enter(command, environment, user)),
    start: (command, { environment } = {}) => enter(command, environment),
    async stop() {
      const gone = new Promise((done) => host.once('exit', done));
      host.kill('SIGKILL');
      await gone;
      rmSync(mountPoint, { recursive: true, force: true });
    },
  };
}

/** Why this machine cannot be had twice, in one line; undefined when it can. */
export async function throwawayMachineRefusal(): Promise<string | undefined> {
  try {
    await (await startThrowawayMachine()).stop();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function ready(host: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let complaint = '';
    host.stderr?.on('data', (text) => {
      complaint += text;
    });
    host.stdout?.once('data', () => done());
    host.once('error', fail);
    host.once('exit', (code) => fail(new Error(`no overlay over / (exit ${code}): ${complaint.trim()}`)));
  });
}

async function childOf(processId: number): Promise<string> {
  const { stdout } = await finished(
    spawn('ps', ['-o', 'pid=', '--ppid', String(processId)], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  return stdout.trim();
}

/** The end of a process and all that it said. */
export function finished(child: ChildProcess): Promise<Ran> {
  return new Promise((done, fail) => {
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (text) => {
      stdout += text;
    });
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    child.once('error', fail);
    child.once('close', (code, signal) => done({ exitCode: code ?? (signal === 'SIGKILL' ? 137 : 128), stdout, stderr }));
  });
}
