// Measures what users feel, as ratios between two things measured in one run: `npm run bench [WORDS OF A GROUP'S NAME]`. Words that are in no name
// list the groups. They run in order; each gives rows of the table. Nothing here is asserted: machines differ. Says on stderr what it is doing.
// The load of `cloud` has a size: `npm run bench cloud -- --agents 2000 --hold-seconds 300`.
import { spawnSync } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const root = resolve(import.meta.dirname, '..');
const bundle = join(root, 'dist/kickstart/kickstart.cjs');
const RUNS = 21;

const groups = {
  'start-up': { about: 'kickstart --version, against Node alone', rows: startRows },
  fetch: {
    about: 'download, SHA-256 and unpacking, against curl, sha256sum and tar',
    rows: async (tools) => (await import('./bench-fetch.mjs')).fetchRows(tools),
  },
  libraries: {
    about: 'building libmosquitto, libwebsockets and JSON-C, against one job after the other',
    rows: async (tools) => (await import('./bench-libraries.mjs')).legacyRows(tools),
  },
  protobuf: {
    about: 'building JSON-C and protobuf, the same way',
    rows: async (tools) => (await import('./bench-libraries.mjs')).protobufRows(tools),
  },
  claim: {
    about: 'claiming an installed agent, against a shell script with openssl and curl: time, CPU, memory, child processes',
    rows: async (tools) => {
      makeBundle();
      return (await import('./bench-claim.mjs')).claimRows(tools);
    },
  },
  cloud: {
    about: 'the local Cloud under load: agents linked at once, claims per second, cut connections, restart',
    rows: async (tools) => (await import('./bench-cloud.mjs')).cloudRows(tools),
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { agents: { type: 'string', default: '10000' }, 'hold-seconds': { type: 'string', default: '60' } },
});
const load = { agents: Number(values.agents), holdSeconds: Number(values['hold-seconds']) };
const wanted = positionals.join(' ');
const chosen = Object.entries(groups).filter(([group]) => group.includes(wanted));
if (chosen.length === 0) {
  for (const [name, { about }] of Object.entries(groups)) console.error(`npm run bench ${name.padEnd(10)} # ${about}`);
  process.exit(2);
}
const [loadBefore] = loadavg();
const results = [];
for (const [name, { rows }] of chosen) {
  try {
    results.push(...(await rows({ say, median, milliseconds, load })));
  } catch (error) {
    // The other groups can still be measured.
    results.push({ name: `${name} (NOT MEASURED: ${error.message.trim().split('\n')[0]})`, ours: '-' });
  }
}
printTable(results);
console.log(`\n${availableParallelism()} cores; load before and after: ${loadBefore.toFixed(1)}, ${loadavg()[0].toFixed(1)}`);

/** For groups that start kickstart. The first start makes the bundle ready, so that no row measures a build. */
function makeBundle() {
  run([join(root, 'scripts/kickstart.sh'), '--version']);
}

function startRows() {
  makeBundle();
  say(`start-up: ${RUNS} starts of each`);
  const version = [process.execPath, bundle, '--version'];
  const node = sideBySide(version, [process.execPath, '-e', '0']);
  const script = sideBySide([join(root, 'scripts/kickstart.sh'), '--version'], version);
  return [
    startRow('kickstart --version, against node -e 0', node, '≤ 1.3'),
    startRow('kickstart.sh --version when all is ready, against the bundle alone', script, '< 100 ms more'),
  ];
}

function startRow(name, { ours, reference }, aim) {
  return { name, ours: milliseconds(ours), reference: milliseconds(reference), ratio: ours / reference, aim };
}

/** Medians of both, taken in turns, so that a machine that gets slower does so for both. */
function sideBySide(ours, reference) {
  const times = { ours: [], reference: [] };
  for (let turn = 0; turn < RUNS; turn += 1) {
    times.ours.push(timeOf(ours));
    times.reference.push(timeOf(reference));
  }
  return { ours: median(times.ours), reference: median(times.reference) };
}

function timeOf(words) {
  const start = performance.now();
  run(words);
  return performance.now() - start;
}

function run([program, ...words]) {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${[program, ...words].join(' ')} ended with ${status}: ${error?.message ?? stderr}`);
}

function median(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}

function milliseconds(time) {
  return time < 1000 ? `${time.toFixed(1)} ms` : `${(time / 1000).toFixed(2)} s`;
}

function say(text) {
  console.error(text);
}

/** Rows have `name` and `ours`, and may have the rest. `notes` are lines below the table. */
function printTable(rows) {
  const titles = { name: 'What', ours: 'Ours', reference: 'Reference', ratio: 'Ratio', aim: 'Aim' };
  const columns = Object.keys(titles);
  const texts = rows.map((row) => ({ reference: '', aim: '', ...row, ratio: row.ratio?.toFixed(2) ?? '' }));
  const width = (column) => Math.max(...[titles, ...texts].map((row) => row[column].length));
  for (const row of [titles, ...texts]) {
    const cells = columns.map((column) =>
      column === 'name' ? row[column].padEnd(width(column)) : row[column].padStart(width(column)),
    );
    console.log(cells.join('  '));
  }
  for (const { name, notes } of rows.filter(({ notes }) => notes !== undefined))
    console.log(`\n${[name, ...notes].join('\n  ')}`);
}
