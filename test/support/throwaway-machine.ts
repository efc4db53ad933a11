import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync, type Stats } from 'node:fs';
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
  /** Every entry on the whole machine that is not as on the host, one a line: path, kind, mode, owner, and content as a hash. Sorted. */
  changes(): Promise<readonly string[]>;
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
    async changes() {
      // In its mount namespace, but outside its root: there the overlay's own upper directory is seen.
      const list = `cd ${mountPoint}/upper && find . -mindepth 1 -printf '%P\\t%y\\t%m\\t%U:%G\\t%l\\n' && echo -- && find . -type f -print0 | xargs -0 -r sha256sum`;
      const { stdout } = await finished(
        spawn('nsenter', ['--target', String(init), '--mount', 'sh', '-c', list], { stdio: ['ignore', 'pipe', 'pipe'] }),
      );
      return unlikeTheHost(stdout);
    },
    async stop() {
      const gone = new Promise((done) => host.once('exit', done));
      host.kill('SIGKILL');
      await gone;
      rmSync(mountPoint, { recursive: true, force: true });
    },
  };
}

// A file that was changed and put back is in the upper directory too, and is no change.
function unlikeTheHost(listing: string): readonly string[] {
  const [entries = '', sums = ''] = listing.split('--\n');
  const hashes = new Map(sums.split('\n').map((line) => [line.slice(line.indexOf(' ') + 4), line.slice(0, 64)]));
  const described = entries
    .split('\n')
    .filter(Boolean)
    .map((line) => [line, hashes.get(line.split('\t')[0] ?? '')].filter(Boolean).join('\t'));
  return described.filter((line) => !accountBackup.test(line) && line !== hostEntry(line.split('\t')[0] ?? '')).sort();
}

// useradd and userdel keep the last state of the account files there, for themselves.
const accountBackup = /^etc\/(passwd|group|shadow|gshadow|subuid|subgid)-\t/;

function hostEntry(path: string): string | undefined {
  const facts = lstatSync(`/${path}`, { throwIfNoEntry: false });
  if (facts === undefined) return undefined;
  const mode = (facts.mode & 0o7777).toString(8);
  const link = facts.isSymbolicLink() ? readlinkSync(`/${path}`) : '';
  const hash = facts.isFile()
    ? createHash('sha256')
        .update(readFileSync(`/${path}`))
        .digest('hex')
    : undefined;
  return [path, kindOf(facts), mode, `${facts.uid}:${facts.gid}`, link, hash].filter((part) => part !== undefined).join('\t');
}

function kindOf(facts: Stats): string {
  return facts.isFile() ? 'f' : facts.isDirectory() ? 'd' : facts.isSymbolicLink() ? 'l' : 'other';
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
