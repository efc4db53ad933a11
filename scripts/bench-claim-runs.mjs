// Single claims for scripts/bench-claim.mjs, on a throw-away machine with one agent: by kickstart, and by scripts/bench-claim.sh.
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { finished } from '../test/support/throwaway-machine.ts';

const bundle = resolve(import.meta.dirname, '../dist/kickstart/kickstart.cjs');
const script = join(import.meta.dirname, 'bench-claim.sh');

/** What is there before a claim, and how far it goes. `keys`: there already; else it makes them. `proof`: until the agent says that it is online. */
export const situations = {
  'makes keys': { keys: false, proof: false },
  'keys there': { keys: true, proof: false },
  'keys there, with the proof': { keys: true, proof: true },
};

/** How to claim: a function of the stage, its agent and the situation that gives the words of a command. */
export const ways = { ours: kickstartWords, reference: scriptWords };

/** Installs the agent that all claims are for. */
export async function openRuns(stage) {
  const { machine, cloud } = stage;
  await succeed(machine, trust, [cloud.caFile]);
  const prefix = await stage.newPrefix();
  const installed = await stage.kickstart(['--build-only', '--require-cloud', '--install', prefix.path]);
  if (installed.exitCode !== 0) throw new Error(`${installed.stdout}${installed.stderr}`);
  const { root, port, stateDirectory } = prefix;
  await succeed(machine, remember, [stateDirectory]);
  const tools = await machine.run(['sh', '-c', 'command -v /usr/bin/time; command -v strace']);
  const memory = tools.stdout.includes('/usr/bin/time') ? ['/usr/bin/time', '--format=memory %M'] : [];

  /** Behind a command that watches it, and from the same start each time. */
  async function claim(way, situation, watcher) {
    await succeed(machine, reset, [root, stateDirectory, situation.keys ? 'keys' : '', situation.proof ? String(port) : '']);
    const id = randomUUID();
    const words = ways[way]({ stage, prefix, situation, id });
    const ran = await finished(machine.start([...watcher, ...words], { environment: { NETDATA_CLAIM_TOKEN: stage.token } }));
    const left = await machine.run(['sh', '-c', listing, 'sh', root]);
    if (ran.exitCode !== 0 || !left.stdout.endsWith(`claimed_id ${id}\n`)) {
      throw new Error(`The claim (${way}) was not done:\n${ran.stdout}${ran.stderr}${left.stdout}`);
    }
    return { ...ran, files: left.stdout.replace(id, 'ID') };
  }

  return {
    /** Milliseconds, megabytes, and what it left in cloud.d. */
    async measured(way, situation) {
      const { stderr, files } = await claim(way, situation, ['bash', '-c', timed, 'bash', ...memory]);
      const [wall, user, system] = /^times (\S+) (\S+) (\S+)$/m.exec(stderr)?.slice(1).map(Number) ?? [];
      const kibibytes = Number(/^memory (\d+)$/m.exec(stderr)?.[1] ?? Number.NaN);
      return { wall: wall * 1000, cpu: (user + system) * 1000, megabytes: (kibibytes * 1024) / 1_000_000, files };
    },
    /** The names of the programs that it started, and the number of its processes but the first; undefined without strace. */
    async processes(way, situation) {
      if (!tools.stdout.includes('strace')) return undefined;
      await claim(way, situation, [
        'strace',
        '-f',
        '-qq',
        '-e',
        'trace=clone,clone3,fork,vfork,execve',
        '-o',
        '/tmp/bench-trace',
      ]);
      const { stdout } = await machine.run(['cat', '/tmp/bench-trace']);
      // A thread is no process; a call that a signal cut short is made again.
      const born = [...stdout.matchAll(/^\d+ +(?:clone3?|v?fork)\(.*$/gm)].filter(
        ([line]) => !/CLONE_THREAD|= \? ERESTART/.test(line),
      );
      // The first one is the claim itself; those that fail are looks along the search path.
      const programs = [...stdout.matchAll(/^\d+ +execve\("(?:[^"]*\/)?([^"/]+)"(?!.* = -1 )/gm)]
        .slice(1)
        .map(([, name]) => name);
      return { programs, count: born.length };
    },
  };
}

function kickstartWords({ stage, prefix, situation, id }) {
  const claim = ['claim', '--install', prefix.path, '--claim-url', stage.cloud.url, '--claim-rooms', stage.rooms.join(',')];
  return [
    process.execPath,
    bundle,
    ...claim,
    '--claim-id',
    id,
    ...(situation.proof ? ['--wait', 'online'] : ['--claim-noreload']),
  ];
}

function scriptWords({ stage, prefix, situation, id }) {
  const words = ['sh', script, prefix.root, stage.cloud.url, stage.rooms.join(','), id, 'netdata:netdata'];
  return situation.proof ? [...words, String(prefix.port)] : words;
}

async function succeed(machine, text, words) {
  const { exitCode, stdout, stderr } = await machine.run(['sh', '-c', `set -e\n${text}`, 'sh', ...words]);
  if (exitCode !== 0) throw new Error(`${stdout}${stderr}`);
}

// The machine trusts the Cloud's CA, as it would the real one's: both read the system's whole store.
const trust = 'cp "$1" /usr/local/share/ca-certificates/standin.crt && update-ca-certificates';

// The receipt as the install left it, and one pair of keys for all claims that find one.
const remember = `
  cp -a "$1" /tmp/bench-state
  mkdir /tmp/bench-keys
  openssl genrsa -out /tmp/bench-keys/private.pem 2048
  openssl rsa -in /tmp/bench-keys/private.pem -pubout -out /tmp/bench-keys/public.pem
  chmod 600 /tmp/bench-keys/private.pem
  chmod 640 /tmp/bench-keys/public.pem
  chown -R netdata:netdata /tmp/bench-keys`;

// Words: the agent's root, the state directory, "keys" or nothing, and the port of an agent that is to forget its claim.
const reset = `
  directory=$1/var/lib/netdata/cloud.d
  rm -rf "$directory" "$2"
  cp -a /tmp/bench-state "$2"
  if [ -n "$3" ]; then
    install -d -m 770 -o netdata -g netdata "$directory"
    cp -a /tmp/bench-keys/. "$directory"
    chmod 770 "$directory"
  fi
  [ -n "$4" ] || exit 0
  "$1/usr/sbin/netdatacli" reload-claiming-state
  tries=0
  while curl -sS "http://127.0.0.1:$4/api/v1/info" | grep -q '"aclk-available": *true'; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ]
    sleep 0.05
  done`;

// Names, modes, owners, and what is not by chance.
const listing = `
  cd "$1/var/lib/netdata/cloud.d"
  find . -printf '%p %m %u:%g\\n' | sort
  sha256sum cloud.conf rooms
  printf 'claimed_id %s\\n' "$(cat claimed_id)"`;

const timed = 'TIMEFORMAT="times %3R %3U %3S"; time "$@"';
