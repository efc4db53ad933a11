// The rows of scripts/bench.mjs about claiming an agent that is installed and running: on a throw-away machine, against the stand-in Cloud.
import { chmodSync } from 'node:fs';
import { throwawayMachineRefusal } from '../test/support/throwaway-machine.ts';
import { openRuns, situations, ways } from './bench-claim-runs.mjs';
import { inScratch } from './bench-scratch.mjs';

// An odd number: then a median is one that was measured. How long a key takes to find is by chance, so the median of few says little.
const ROUNDS = 15;
const aims = { 'makes keys': { wall: '< 300 ms' }, 'keys there, with the proof': { processes: '≤ 2' } };

/**
 * Claims of one agent, each by a program of its own, in turns by kickstart and by a shell script with openssl and curl: same Cloud, same files.
 * Times are those of the whole program, from its start to its end. CPU time is user and system time of it and all its children, but not of the agent
 * and the Cloud; memory is the most that one of its processes had at once. The machine's disk is memory: what a real one needs for fsync is not in it.
 */
export async function claimRows(tools) {
  return inScratch(async (directory) => {
    // Users who are not root read the CA. What a machine makes in the host's temporary directory goes with this one, also when we are killed.
    chmodSync(directory, 0o755);
    const before = process.env.TMPDIR;
    process.env.TMPDIR = directory;
    try {
      return await rowsOnMachine(tools);
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });
}

async function rowsOnMachine(tools) {
  const refusal = await throwawayMachineRefusal();
  if (refusal !== undefined)
    return [{ name: `claim of an installed agent (SKIPPED: no throw-away machine: ${refusal})`, ours: '-' }];
  const { openStage } = await import('../test/e2e/stage.ts');
  tools.say('claim: installing an agent to claim');
  const stage = await openStage();
  try {
    const runs = await openRuns(stage);
    const measured = await inTurns(runs, tools.say);
    tools.say('claim: counting the processes');
    const rows = [];
    for (const name of Object.keys(situations)) {
      rows.push(...timeRows(name, measured[name], tools), await processesRow(name, runs));
    }
    return rows;
  } finally {
    await stage.close();
  }
}

/** { situation: { way: [run, …] } }. The first round warms up. Each round turns the order round, so that no way is always the second. */
async function inTurns(runs, say) {
  const all = Object.fromEntries(
    Object.keys(situations).map((name) => [name, Object.fromEntries(Object.keys(ways).map((way) => [way, []]))]),
  );
  for (let round = 0; round <= ROUNDS; round += 1) {
    say(`claim, round ${round} of ${ROUNDS}`);
    for (const [name, situation] of Object.entries(situations)) {
      const order = round % 2 === 0 ? Object.keys(ways) : Object.keys(ways).toReversed();
      for (const way of order) {
        const run = await runs.measured(way, situation);
        if (round > 0) all[name][way].push(run);
      }
      refuseOtherFiles(name, all[name]);
    }
  }
  return all;
}

/** They are compared because they do the same. */
function refuseOtherFiles(name, runsOfWays) {
  const [first, ...others] = new Set(Object.values(runsOfWays).flatMap((runs) => runs.map(({ files }) => files)));
  if (others.length > 0) throw new Error(`claim, ${name}: not the same files are left: ${[first, ...others].join('; ')}`);
}

function timeRows(name, runs, { median, milliseconds }) {
  const row = (what, key, inWords) => {
    const [ours, reference] = ['ours', 'reference'].map((way) => median(runs[way].map((run) => run[key])));
    const ratio = Number.isNaN(ours) ? {} : { ratio: ours / reference };
    return {
      name: `${titleOf(name)}: ${what}`,
      ...{ ours: inWords(ours), reference: inWords(reference), ...ratio, aim: aims[name]?.[key] ?? '' },
    };
  };
  return [
    row('time', 'wall', milliseconds),
    row('CPU time, children included', 'cpu', milliseconds),
    row('peak memory of one process', 'megabytes', (size) => (Number.isNaN(size) ? '-' : `${size.toFixed(0)} MB`)),
  ];
}

/** Of runs of their own, because strace slows them down. */
async function processesRow(name, runs) {
  const title = `${titleOf(name)}: child processes`;
  const aim = aims[name]?.processes ?? '';
  const [ours, reference] = [await runs.processes('ours', situations[name]), await runs.processes('reference', situations[name])];
  if (ours === undefined) return { name: `${title} (SKIPPED: strace is not here)`, ours: '-', aim };
  return {
    name: `${title}, as strace counts them`,
    ...{ ours: String(ours.count), reference: String(reference.count), ratio: ours.count / reference.count, aim },
    notes: [`ours starts: ${ours.programs.join(', ')}`, `the reference: ${reference.programs.join(', ')}`],
  };
}

function titleOf(name) {
  return `claim (${name}) against sh, openssl and curl`;
}
