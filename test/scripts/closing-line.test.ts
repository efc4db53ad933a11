import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const script = join(root, 'scripts/closing-line.mjs');
const a = join(root, 'test/a.test.ts');
const passed = { file: a, test: 'claims the node', status: 'passed' };
const end = [
  { ended: a, errors: [] },
  { done: true, errors: [] },
];

test.each<[string, object[], number, number, string]>([
  ['all passed', [{ started: a }, passed, passed, ...end], 0, 0, '\n2 passed, 0 failed, 0 skipped\n'],
  [
    'skipped tests are named and counted, and break nothing',
    [
      { started: a },
      passed,
      { file: a, test: 'under mksh > starts', status: 'skipped' },
      { file: a, test: 'later', status: 'pending' },
      ...end,
    ],
    0,
    0,
    '\nSkipped:\n  test/a.test.ts: under mksh > starts\n  test/a.test.ts: later\n\n1 passed, 0 failed, 2 skipped\n',
  ],
  [
    'a failed test is named and counted',
    [{ started: a }, passed, { file: a, test: 'undoes', status: 'failed' }, ...end],
    0,
    1,
    '\nFailed:\n  test/a.test.ts: undoes\n\n1 passed, 1 failed, 0 skipped\n',
  ],
  [
    'a file that cannot be loaded is a failure',
    [passed, { ended: a, errors: ['Cannot find module x'] }, { done: true, errors: [] }],
    0,
    1,
    '\nFailed:\n  test/a.test.ts: Cannot find module x\n\n1 passed, 1 failed, 0 skipped\n',
  ],
  [
    'what fails outside of every file is a failure',
    [passed, { done: true, errors: ['the set-up failed'] }],
    0,
    1,
    '\nFailed:\n  the set-up failed\n\n1 passed, 1 failed, 0 skipped\n',
  ],
  [
    'what passed before the tests were stopped is kept, and the file that was running is named',
    [{ started: a }, passed],
    0,
    1,
    '\nFailed:\n  test/a.test.ts: its tests were stopped before they had all ended\n\n1 passed, 1 failed, 0 skipped\n',
  ],
  [
    'failed checks of the sources are failures',
    [passed, ...end],
    2,
    1,
    '\nFailed checks of the sources: 2 (their output is above the tests).\n\n1 passed, 2 failed, 0 skipped\n',
  ],
  ['no test at all is no success', [{ done: true, errors: [] }], 0, 1, '\n0 passed, 0 failed, 0 skipped\n'],
])('%s', (_sentence, lines, failedChecks, status, output) => {
  expect(close(lines.map((line) => `${JSON.stringify(line)}\n`).join(''), failedChecks)).toEqual({ status, output });
});

test('a line that is cut off costs only itself', () => {
  const lines = `${JSON.stringify(passed)}\n{"file": "te`;
  expect(close(lines, 0)).toEqual({
    status: 1,
    output: '\nFailed:\n  the tests did not run to their end\n\n1 passed, 1 failed, 0 skipped\n',
  });
});

test('results that are missing are a failure', () => {
  expect(close(undefined, 0)).toEqual({
    status: 1,
    output: '\nFailed:\n  the tests did not run to their end\n\n0 passed, 1 failed, 0 skipped\n',
  });
});

function close(results: string | undefined, failedChecks: number) {
  const directory = mkdtempSync(join(tmpdir(), 'closing-line-'));
  try {
    if (results !== undefined) writeFileSync(join(directory, 'results.jsonl'), results);
    const words = [script, join(directory, 'results.jsonl'), String(failedChecks)];
    const { status, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    return { status, output: stdout };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
