import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, type Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { machineRoot } from './machine-root.ts';
import { testCache } from './test-cache.ts';

export interface Ran {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** What a throw-away machine is like; without any of it, it is the Debian of machine-root.ts, whatever the host is. */
interface MachineOptions {
  /** Another root file system, as a tar archive. It is unpacked in memory, and the host's name servers are written into it. */
  rootArchive?: string;
  /** loopback: a network of its own with nothing but 127.0.0.1 in it, so that no other host can be reached. Default: the host's. */
  network?: 'host' | 'loopback';
  /** Directories and files of the host that are seen on the machine, and are no part of its changes. Beside them, the checkout and the cache of the tests always are. */
  shared?: readonly Share[];
}

export interface Share {
  path: string;
  /** Where the machine sees it. Default: at the same path. */
  at?: string;
  /** scratch: what the machine writes there is gone with the machine. */
  access: 'read' | 'write' | 'scratch';
}

/** A machine in which everything may be done: writes land in memory, processes end with it, and the host never sees either. */
export interface ThrowawayMachine {
  run(
    command: readonly string[],
    options?: { environment?: Record<string, string>; user?: { userId: number; groupId: number } },
  ): Promise<Ran>;
  /** Starts a command and gives its process, as seen from the host, to be watched or killed. */
  start(command: readonly string[], options?: { environment?: Record<string, string> }): ChildProcess;
  /** What is mounted there from the host. */
  shares: readonly Required<Share>[];
  /** Every entry on the whole machine that is not as at its start, one a line: path, kind, mode, owner, and content as a hash. Sorted. */
  changes(): Promise<readonly string[]>;
  /** Starts a program of the host, seen from its files, in the machine's network. It ends with the machine. */
  startOnItsNetwork(command: readonly string[]): ChildProcess;
  stop(): Promise<void>;
}

// overlayfs cannot have its own upper directory below its lower one on all kernels; a tmpfs of its own is below no other.
// Words: the mount point, the root as a directory or an archive, and what is shared, three words each.
const setUp = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root" "$1/scratch"
lower=$2
if [ -f "$2" ]; then
  lower=$1/lower
  mkdir "$lower"
  tar --extract --numeric-owner --file "$2" --directory "$lower"
  mkdir -p "$lower/dev" "$lower/sys" "$lower/proc"
  cat /etc/resolv.conf > "$lower/etc/resolv.conf"
  cat /etc/hosts > "$lower/etc/hosts"
fi
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount --rbind /dev "$1/root/dev"
mount --rbind /sys "$1/root/sys"
mount -t proc proc "$1/root/proc"
root=$1/root
scratch=$1/scratch
shift 2
number=0
while [ $# -gt 0 ]; do
  at=$root$3
  if [ -d "$2" ]; then mkdir -p "$at"; else mkdir -p "\${at%/*}"; [ -e "$at" ] || : > "$at"; fi
  case $1 in
    read) mount --bind "$2" "$at"; mount -o remount,bind,ro "$at" ;;
    write) mount --bind "$2" "$at" ;;
    scratch)
      number=$((number + 1))
      mkdir -p "$scratch/$number/upper" "$scratch/$number/work"
      mount -t overlay overlay -o "lowerdir=$2,upperdir=$scratch/$number/upper,workdir=$scratch/$number/work" "$at" ;;
  esac
  shift 3
done
# A network of its own has a loopback device, which is down.
ip link set lo up 2> /dev/null || true
echo ready
exec chroot "$root" sleep infinity
`;

/** Where every machine has the checkout, which it can only read, and the cache of the tests, whatever they are called on the host. */
export const checkoutOnMachine = '/srv/checkout';
export const cacheOnMachine = '/srv/test-cache';
/** The Node that kickstart is built for, there. */
export const nodeOnMachine = `${checkoutOnMachine}/node_modules/.bin/node`;

const project = resolve(import.meta.dirname, '../..');

/** Throws with the kernel's own words when it refuses; see `throwawayMachineRefusal`. */
export async function startThrowawayMachine({
  rootArchive,
  network = 'host',
  shared = [],
}: MachineOptions = {}): Promise<ThrowawayMachine> {
  const root = rootArchive ?? (await machineRoot());
  mkdirSync(testCache, { recursive: true });
  const shares: readonly Required<Share>[] = [
    { path: project, at: checkoutOnMachine, access: 'read' },
    { path: testCache, at: cacheOnMachine, access: 'scratch' },
    ...shared.map((share) => ({ at: share.path, ...share })),
  ];
  const mountPoint = mkdtempSync(join(tmpdir(), 'kickstart-machine-'));
  // The death signal takes everything away also when this test process is killed.
  const host = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', ...(network === 'loopback' ? ['--net'] : [])],
      ...['--fork', '--kill-child', 'sh', '-c', setUp, 'sh', mountPoint, root],
      ...shares.flatMap(({ path, at, access }) => [access, path, at]),
    ],
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
        ...['--target', String(init), '--mount', '--net', '--pid', '--root', '--wdns=/'],
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
    shares,
    async changes() {
      // In its mount namespace, but outside its root: there the overlay's own upper directory is seen.
      const list = `cd ${mountPoint}/upper || exit 9; find . -mindepth 1 -printf '%P\\t%y\\t%m\\t%U:%G\\t%l\\n' && echo -- && find . -type f -print0 | xargs -0 -r sha256sum`;
      const { exitCode, stdout, stderr } = await finished(
        spawn('nsenter', ['--target', String(init), '--mount', 'sh', '-c', list], { stdio: ['ignore', 'pipe', 'pipe'] }),
      );
      // An empty list would say that nothing was changed.
      if (exitCode === 9) throw new Error(`The changes of the machine cannot be listed: ${stderr.trim()}`);
      // unshare itself stays outside of the machine, in its mount namespace: there it sees what an archive became.
      return unlike(rootArchive === undefined ? root : `/proc/${host.pid}/root${mountPoint}/lower`, stdout);
    },
    startOnItsNetwork: (command) =>
      spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', '--target', String(init), '--net', ...command], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    async stop() {
      const gone = new Promise((done) => host.once('exit', done));
      host.kill('SIGKILL');
      await gone;
      rmSync(mountPoint, { recursive: true, force: true });
    },
  };
}

// A file that was changed and put back is in the upper directory too, and is no change.
function unlike(start: string, listing: string): readonly string[] {
  const [entries = '', sums = ''] = listing.split('--\n');
  const hashes = new Map(sums.split('\n').map((line) => [line.slice(line.indexOf(' ') + 4), line.slice(0, 64)]));
  const described = entries
    .split('\n')
    .filter(Boolean)
    .map((line) => [line, hashes.get(line.split('\t')[0] ?? '')].filter(Boolean).join('\t'));
  return described.filter((line) => !accountBackup.test(line) && line !== entryAtStart(start, line.split('\t')[0] ?? '')).sort();
}

// useradd and userdel keep the last state of the account files there, for themselves.
const accountBackup = /^etc\/(passwd|group|shadow|gshadow|subuid|subgid)-\t/;

function entryAtStart(start: string, path: string): string | undefined {
  const at = join(start, path);
  const facts = lstatSync(at, { throwIfNoEntry: false });
  if (facts === undefined) return undefined;
  const mode = (facts.mode & 0o7777).toString(8);
  const link = facts.isSymbolicLink() ? readlinkSync(at) : '';
  const hash = facts.isFile() ? createHash('sha256').update(readFileSync(at)).digest('hex') : undefined;
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
    host.once('exit', (code) => fail(new Error(`no throw-away machine (exit ${code}): ${complaint.trim()}`)));
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
