import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const bench = resolve(import.meta.dirname, '../../../scripts/bench.mjs');

// What is measured differs by machine, and is not looked at; what was counted does not.
it('the bench of the Cloud links a small fleet, kills the Cloud, and cuts links', async () => {
  const words = ['--pdeathsig', 'KILL', process.execPath, bench, 'cloud', '--agents', '60', '--hold-seconds', '1'];
  const { stdout } = await promisify(execFile)('setpriv', words);
  const rows = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
  const row = (name: string) => rows.find(([first]) => first === name)?.slice(1);
  expect(row('claims answered with 204 that it still knows after kill -9')).toEqual(['60', '60']);
  expect(row('agents linked at once, each with its node id')).toEqual(['60', '60']);
  expect(row('links dropped in 1 s')).toEqual(['0', '0']);
  expect(row('link that breaks with a reset, until it is offline')).toHaveLength(1);
  expect(row('link that falls silent with a keepalive of 4 s, until it is offline')).toHaveLength(2);
  expect(stdout).not.toContain('NOT MEASURED');
});
