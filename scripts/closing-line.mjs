// The end of scripts/test: names what was skipped and what failed, and closes with one line of sums.
//   node scripts/closing-line.mjs RESULTS FAILED_CHECKS      RESULTS is what vitest's json reporter wrote
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [path, failedChecks] = process.argv.slice(2);
const root = `${import.meta.dirname}/..`;

const tests = readResults().flatMap(({ name, status, assertionResults, message }) => {
  const file = relative(root, name);
  // A file that cannot be loaded, or that fails between its tests, has a failure that no test has.
  const isBroken = status === 'failed' && assertionResults.every((test) => test.status !== 'failed');
  return [
    ...assertionResults.map((test) => ({ name: `${file}: ${test.fullName}`, status: test.status })),
    ...(isBroken ? [{ name: `${file}: ${message.split('\n')[0]}`, status: 'failed' }] : []),
  ];
});

const passed = tests.filter(({ status }) => status === 'passed');
const failed = tests.filter(({ status }) => status === 'failed');
const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
const failures = failed.length + Number(failedChecks);

name('Failed', failed);
name('Skipped', skipped);
if (Number(failedChecks) > 0) console.log(`\nFailed checks of the sources: ${failedChecks} (their output is above the tests).`);
console.log(`\n${passed.length} passed, ${failures} failed, ${skipped.length} skipped`);
process.exitCode = failures === 0 && passed.length > 0 ? 0 : 1;

function readResults() {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults;
  } catch (error) {
    return [{ name: path, status: 'failed', message: `the tests left no results: ${error.message}`, assertionResults: [] }];
  }
}

function name(title, list) {
  if (list.length > 0) console.log(`\n${title}:\n${list.map((test) => `  ${test.name}`).join('\n')}`);
}
