// The end of scripts/test: names what was skipped and what failed, and closes with one line of sums.
//   node scripts/closing-line.mjs RESULTS FAILED_CHECKS      RESULTS is what scripts/kept-results.mjs wrote, whole or up to where the tests were stopped
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [path, failedChecks] = process.argv.slice(2);
const root = `${import.meta.dirname}/..`;

const lines = readLines();
const open = new Set(lines.flatMap(({ started }) => started ?? []));
for (const { ended } of lines) open.delete(ended);
const tests = lines.flatMap(({ file, test, status }) => (test === undefined ? [] : { name: `${nameOf(file)}: ${test}`, status }));
const broken = [
  // A file that cannot be loaded, or that fails between its tests, has a failure that no test has.
  ...lines.flatMap(({ ended, errors = [] }) => (ended === undefined ? [] : errors.map((error) => `${nameOf(ended)}: ${error}`))),
  ...lines.flatMap(({ done, errors }) => (done ? errors : [])),
  ...[...open].map((file) => `${nameOf(file)}: its tests were stopped before they had all ended`),
  ...(lines.some(({ done }) => done) || open.size > 0 ? [] : ['the tests did not run to their end']),
].map((name) => ({ name, status: 'failed' }));

const passed = tests.filter(({ status }) => status === 'passed');
const failed = [...tests.filter(({ status }) => status === 'failed'), ...broken];
const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
const failures = failed.length + Number(failedChecks);

name('Failed', failed);
name('Skipped', skipped);
if (Number(failedChecks) > 0) console.log(`\nFailed checks of the sources: ${failedChecks} (their output is above the tests).`);
console.log(`\n${passed.length} passed, ${failures} failed, ${skipped.length} skipped`);
process.exitCode = failures === 0 && passed.length > 0 ? 0 : 1;

function readLines() {
  // The last line may be cut off.
  return readIfThere()
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}

function readIfThere() {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function nameOf(file) {
  return relative(root, file);
}

function name(title, list) {
  if (list.length > 0) console.log(`\n${title}:\n${list.map((test) => `  ${test.name}`).join('\n')}`);
}
