import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchDirectory } from '../support/scratch-directory.ts';

const root = resolve(import.meta.dirname, '../..');

describe('the runner of the tests', () => {
  test('ends a vitest in which nothing ends any more, and what it started', () => {
    const { stdout, status, directory } = runWith('#!/bin/sh\nsleep 600 & echo $! > "$HOLDS/child"\nwait\n', '0.2');
    expect(stdout).toContain('The tests were stopped: none of them ended within 0.2 s.');
    expect(status).toBe(0);
    expect(isAlive(readFileSync(join(directory, 'child'), 'utf8').trim())).toBe(false);
  });

  test('lets one work on in which something ends from time to time', () => {
    const works = 'for i in 1 2 3 4 5 6 7 8 9 10; do echo "$i" >> "$KICKSTART_RESULTS"; sleep 0.2; done';
    const { stdout, directory } = runWith(`#!/bin/sh\n${works}\n`, '1.5');
    expect(stdout).toBe('');
    expect(readFileSync(join(directory, 'results.jsonl'), 'utf8')).toBe('1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n');
  });

  function runWith(vitest: string, silence: string) {
    const directory = scratchDirectory();
    writeFileSync(join(directory, 'vitest'), vitest);
    chmodSync(join(directory, 'vitest'), 0o755);
    const words = [join(root, 'scripts/run-tests.mjs'), join(directory, 'results.jsonl')];
    const environment = { PATH: `${directory}:${process.env.PATH}`, HOLDS: directory, KICKSTART_TEST_SILENCE_SECONDS: silence };
    return { directory, ...spawnSync(process.execPath, words, { encoding: 'utf8', env: environment }) };
  }
});

// One that has ended can be there for a while: nobody has to take note of it.
function isAlive(processId: string): boolean {
  const path = `/proc/${processId}/stat`;
  return existsSync(path) && !/\) Z /.test(readFileSync(path, 'utf8'));
}

test('npm test on a fresh clone says what to run first', () => {
  const directory = scratchDirectory();
  const script = join(directory, 'fast-tests.mjs');
  writeFileSync(script, readFileSync(join(root, 'scripts/fast-tests.mjs')));
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect(stderr).toBe(
    'The libraries of kickstart are not here yet. Run first: npm ci\n./scripts/test does all the set-up, and runs every test.\n',
  );
  expect(status).toBe(3);
});
