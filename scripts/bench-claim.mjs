// The rows of scripts/bench.mjs about claiming an agent that is installed and running: on a throw-away machine, against the stand-in Cloud.
import { resolve } from 'node:path';
import { finished, throwawayMachineRefusal } from '../test/support/throwaway-machine.ts';

const bundle = resolve(import.meta.dirname, '../dist/kickstart/kickstart.cjs');
const CLAIMS = 5;

/**
 * First claims of one agent after the other, each by a kickstart of its own. The time ends when the step that claims is done: what comes
 * after it is the wait for the proof. The CPU time is that of the whole program and its children, which does not wait (--wait-seconds 0).
 * The machine trusts the Cloud's CA, as it would the real one's. Its disk is memory: what a real disk needs for fsync is not in it.
 */
export async function claimRows({ say, median, milliseconds }) {
  const refusal = await throwawayMachineRefusal();
  if (refusal !== undefined)
    return [{ name: `claim of an installed agent (SKIPPED: no throw-away machine: ${refusal})`, ours: '-' }];
  const { openStage } = await import('../test/e2e/stage.ts');
  const stage = await openStage();
  try {
    await trustCloud(stage);
    const claims = [];
    for (let number = 1; number <= CLAIMS; number += 1) {
      say(`claim ${number} of ${CLAIMS}: installing an agent to claim`);
      const prefix = await installedAgent(stage);
      claims.push(await timedClaim(stage, prefix));
      await stage.kickstart(['uninstall', '--install', prefix.path]);
    }
    const wall = median(claims.map(({ wall }) => wall));
    const cpu = median(claims.map(({ cpu }) => cpu));
    say('claim: counting the processes');
    return [
      { name: 'claim of an installed agent, without the wait for the proof', ours: milliseconds(wall), aim: '< 300 ms' },
      { name: 'claim of an installed agent, CPU time with its children', ours: milliseconds(cpu) },
      await processesRow(stage),
    ];
  } finally {
    await stage.close();
  }
}

async function trustCloud({ machine, cloud }) {
  const script = `cp ${cloud.caFile} /usr/local/share/ca-certificates/standin.crt && update-ca-certificates`;
  succeeded(await machine.run(['sh', '-c', script]));
}

async function installedAgent(stage) {
  const prefix = await stage.newPrefix();
  succeeded(await stage.kickstart(['--build-only', '--require-cloud', '--install', prefix.path]));
  return prefix;
}

async function timedClaim(stage, prefix) {
  const start = performance.now();
  const child = startClaim(stage, prefix, ['bash', '-c', 'TIMEFORMAT="cpu %3U %3S"; time "$@"', 'bash']);
  let said = '';
  let wall;
  child.stdout.on('data', (text) => {
    said += text;
    if (/^\{"event":"step-done".*"id":"claim-node/m.test(said)) wall ??= performance.now() - start;
  });
  const { stdout, stderr } = await finished(child);
  const [, user, system] = /cpu (\S+) (\S+)/.exec(stderr) ?? [];
  if (wall === undefined) throw new Error(`The claim was not done:\n${stdout}${stderr}`);
  return { wall, cpu: (Number(user) + Number(system)) * 1000 };
}

async function processesRow(stage) {
  const name = 'claim of an installed agent, child processes';
  const aim = '≤ 2';
  const prefix = await installedAgent(stage);
  if ((await stage.machine.run(['sh', '-c', 'command -v strace'])).exitCode !== 0) {
    return { name: `${name} (SKIPPED: strace is not here)`, ours: '-', aim };
  }
  await finished(startClaim(stage, prefix, ['strace', '-f', '-qq', '-s', '200', '-e', 'trace=execve', '-o', '/tmp/execve']));
  const { stdout } = await stage.machine.run(['cat', '/tmp/execve']);
  // The first one is kickstart itself; those that do not end with 0 are looks along the search path.
  const programs = [...stdout.matchAll(/execve\("([^"]+)", \[(.*?)\].* = 0$/gm)].slice(1);
  const commands = programs.map(([, , words]) => words.replaceAll(/[",]/g, '').replace(/^\S*\//, ''));
  return { name: `${name}: ${commands.join(', ')}`, ours: String(programs.length), aim };
}

/** kickstart claims, behind a command that watches it. */
function startClaim({ machine, cloud, token, rooms }, prefix, watcher) {
  const claim = ['--claim-url', cloud.url, '--claim-rooms', rooms.join(','), '--wait-seconds', '0', '--json'];
  const words = [process.execPath, bundle, '--build-only', '--install', prefix.path, ...claim];
  return machine.start([...watcher, ...words], { environment: { NETDATA_CLAIM_TOKEN: token } });
}

function succeeded({ exitCode, stdout, stderr }) {
  if (exitCode !== 0) throw new Error(`${stdout}${stderr}`);
}
