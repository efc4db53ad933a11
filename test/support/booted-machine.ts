import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Ran, ThrowawayMachine } from './throwaway-machine.ts';

/** A throw-away machine that was started up: systemd is its process 1. It shares its network with the host. */
export interface BootedMachine {
  /** As root, in what systemd started. */
  run(command: readonly string[], environment?: Record<string, string>): Promise<Ran>;
  /** Shuts it down in an orderly way and starts it again, as if it had been switched off. */
  reboot(): Promise<void>;
  /** Shuts it down; the throw-away machine is there as before. */
  shutDown(): Promise<void>;
}

/**
 * Starts a throw-away machine up with the systemd that is on it, and none of the services that its owner enabled.
 * Throws with the words of systemd-nspawn when it, or the kernel, refuses.
 */
export async function bootMachine(machine: ThrowawayMachine): Promise<BootedMachine> {
  const group = `kickstart-booted-${randomUUID().slice(0, 8)}`;
  const script = (text: string) => ['sh', '-c', text, 'sh', group];
  // Mounts do not come along with the root. They are read-only where they are read-only already.
  const startWithShares = [...script(start), ...machine.shares.map(({ at }) => `--bind=${at}`)];
  await machine.run(script(prepare));
  let booted = await boot(machine, startWithShares);
  const shutDown = async () => {
    const off = new Promise((done) => booted.process.once('exit', done));
    // The answer may be lost: what gives it is shut down, too.
    await machine.run([...inside(booted.processId), 'systemctl', 'poweroff']);
    await off;
    await machine.run(script(removeGroups));
  };
  return {
    run: (command, environment = {}) => machine.run([...inside(booted.processId), ...command], { environment }),
    async reboot() {
      await shutDown();
      booted = await boot(machine, startWithShares);
    },
    shutDown,
  };
}

interface Booted {
  process: ChildProcess;
  /** Of systemd, as the throw-away machine numbers it. */
  processId: string;
}

async function boot(machine: ThrowawayMachine, command: readonly string[]): Promise<Booted> {
  const nspawn = machine.start(command);
  let said = '';
  for (const stream of [nspawn.stdout, nspawn.stderr]) stream?.on('data', (text) => (said += text));
  const ended = new Promise<never>((_, fail) => nspawn.once('exit', () => fail(new Error(said.trim().replaceAll(/\s+/g, ' ')))));
  ended.catch(() => {}); // it ends after all has been seen, too
  const up = await Promise.race([ended, machine.run(['timeout', '60', 'sh', '-c', waitUntilUp])]);
  if (up.exitCode === 0) return { process: nspawn, processId: up.stdout.trim() };
  nspawn.kill('SIGKILL');
  throw new Error(`systemd did not come up within 60 s. ${up.stdout}${said}`);
}

function inside(processId: string): readonly string[] {
  return ['nsenter', '--target', processId, '--all', '--root', '--wdns=/'];
}

// systemd-nspawn takes no root directory that is its own.
const prepare = `
set -e
rm -rf /etc/systemd/system/*.wants /etc/rc?.d
mkdir -p /mnt/booted
mount --bind / /mnt/booted`;

// Control groups of its own, because systemd-nspawn makes some below those that it is in. Versions 1, both, and 2.
const hierarchies = '/sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup';

const start = `
exec 2>&1
group=$1
shift
command -v systemd-nspawn >/dev/null || { echo 'systemd-nspawn is not here: apt-get install systemd-container'; exit 1; }
for hierarchy in ${hierarchies}; do
  [ -e $hierarchy/cgroup.procs ] || continue
  mkdir -p "$hierarchy/$group"
  echo $$ > "$hierarchy/$group/cgroup.procs" || exit 1
done
exec systemd-nspawn --directory=/mnt/booted --boot --register=no --keep-unit --console=pipe --link-journal=no --resolv-conf=off --timezone=off "$@"`;

const removeGroups = `
for hierarchy in ${hierarchies}; do
  [ ! -d "$hierarchy/$1" ] || find "$hierarchy/$1" -depth -type d -exec rmdir {} +
done`;

// Its process is the child of systemd-nspawn that has become systemd.
const waitUntilUp = `
until id=$(pgrep -x systemd -P "$(pgrep -x systemd-nspawn)") &&
  state=$(nsenter --target "$id" --all --root --wdns=/ systemctl is-system-running 2>/dev/null; true) &&
  case $state in running | degraded) true ;; *) false ;; esac
do sleep 0.1; done
echo "$id"`;
