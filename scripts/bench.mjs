// Measures what users feel, as ratios between two things measured in one run: `npm run bench [WORDS OF A ROW'S NAME]`.
// Rows run in order; each gives `ours` and `reference` in milliseconds. Nothing here is asserted: machines differ.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const bundle = join(root, 'dist/kickstart/kickstart.cjs');
const RUNS = 21;

const rows = [
  {
    name: 'kickstart --version, against node -e 0',
    aim: '≤ 1.3',
    measure: () => sideBySide([process.execPath, bundle, '--version'], [process.execPath, '-e', '0']),
  },
  {
    name: 'kickstart.sh --version when all is ready, against the bundle alone',
    aim: '< 100 ms more',
    measure: () => sideBySide([join(root, 'scripts/kickstart.sh'), '--version'], [process.execPath, bundle, '--version']),
  },
];

const wanted = process.argv.slice(2).join(' ');
// The first start makes the bundle ready, so that no row measures a build.
run([join(root, 'scripts/kickstart.sh'), '--version']);
const results = [];
for (const { name, aim, measure } of rows.filter((row) => row.name.includes(wanted))) {
  const { ours, reference } = await measure();
  results.push({ name, ours: milliseconds(ours), reference: milliseconds(reference), ratio: (ours / reference).toFixed(2), aim });
}
printTable(results);

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

function printTable(table) {
  const titles = { name: 'What', ours: 'Ours', reference: 'Reference', ratio: 'Ratio', aim: 'Aim' };
  const columns = Object.keys(titles);
  const width = (column) => Math.max(...[titles, ...table].map((row) => row[column].length));
  for (const row of [titles, ...table]) {
    const cells = columns.map((column) =>
      column === 'name' ? row[column].padEnd(width(column)) : row[column].padStart(width(column)),
    );
    console.log(cells.join('  '));
  }
}
