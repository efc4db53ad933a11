import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { exitStatusOfError } from '../../src/cli/exit-status.ts';
import { type ErrorCode, errorCodes, KickstartError } from '../../src/errors.ts';

const script = readFileSync(resolve(import.meta.dirname, '../../scripts/kickstart.sh'), 'utf8');
const refusals = [...script.matchAll(/(?:refuse|fail_with_output "\$output") (\d+) ([A-Z_]+)/g)];

test('kickstart.sh knows only codes of kickstart, and ends with the status that belongs to each', () => {
  expect(refusals.length).toBeGreaterThan(10);
  for (const [, status, code = ''] of refusals) {
    if (code === 'FAULT') expect(status, code).toBe('1');
    else expect(Number(status), code).toBe(statusOf(code));
  }
});

function statusOf(code: string): number | undefined {
  if (!(code in errorCodes)) return undefined;
  return exitStatusOfError(new KickstartError(code as ErrorCode, { what: '', why: '', next: '' })); // it is a key of the table
}
