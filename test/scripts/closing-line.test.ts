import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const script = join(root, 'scripts/closing-line.mjs');
const passed = { fullName: 'claims the node', status: 'passed' };

test.each<[string, object[], number, number, string]>([
  ['all passed', [file([passed, passed])], 0, 0, '\n2 passed, 0 failed, 0 skipped\n'],
  [
    'skipped tests are named and counted, and break nothing',
    [file([passed, { fullName: 'under mksh: starts', status: 'skipped' }, { fullName: 'later', status: 'todo' }])],
    0,
    0,
    '\nSkipped:\n  test/a.test.ts: under mksh: starts\n  test/a.test.ts: later\n\n1 passed, 0 failed, 2 skipped\n',
  ],
  [
    'a failed test is named and counted',
    [file([passed, { fullName: 'undoes', status: 'failed' }], 'failed')],
    0,
    1,
    '\nFailed:\n  test/a.test.ts: undoes\n\n1 passed, 1 failed, 0 skipped\n',
  ],
  [
    'a file that cannot be loaded is a failure',
    [file([passed]), file([], 'failed', 'Cannot find module x\n  at y')],
    0,
    1,
    '\nFailed:\n  test/a.test.ts: Cannot find module x\n\n1 passed, 1 failed, 0 skipped\n',
  ],
  [
    'failed checks of the sources are failures',
    [file([passed])],
    2,
    1,
    '\nFailed checks of the sources: 2 (their output is above the tests).\n\n1 passed, 2 failed, 0 skipped\n',
  ],
  ['no test at all is no success', [], 0, 1, '\n0 passed, 0 failed, 0 skipped\n'],
])('%s', (_sentence, testResults, failedChecks, status, output) => {
  expect(close(JSON.stringify({ testResults }), failedChecks)).toEqual({ status, output });
});

test('results that are missing or cut off are a failure', () => {
  const { status, output } = close('{"testResults": [', 0);
  expect(status).toBe(1);
  expect(output).toMatch(/the tests left no results: .*\n\n0 passed, 1 failed, 0 skipped\n$/);
});

function file(assertionResults: object[], status = 'passed', message = '') {
  return { name: join(root, 'test/a.test.ts'), status, message, assertionResults };
}

function close(results: string, failedChecks: number) {
  const directory = mkdtempSync(join(tmpdir(), 'closing-line-'));
  try {
    writeFileSync(join(directory, 'results.json'), results);
    const words = [script, join(directory, 'results.json'), String(failedChecks)];
    const { status, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    return { status, output: stdout };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
