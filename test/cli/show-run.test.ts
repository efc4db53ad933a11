import { expect, test } from 'vitest';
import { showRun } from '../../src/cli/show-run.ts';
import type { Outcome } from '../../src/engine/events.ts';
import { KickstartError } from '../../src/errors.ts';
import { fakeWorld } from '../support/fake-world.ts';

const error = new KickstartError('FETCH_FAILED', { what: 'It is not there.', why: 'No network.', next: 'Check it.' });
const asAsked: Outcome = { state: 'as-asked', changed: true, warnings: [], proofs: [] };

async function shown(outcome: Outcome, json = false) {
  const world = fakeWorld();
  const status = await showRun({ json, stateDirectory: '/state' }, world, async (emit) => {
    emit({ event: 'run-ended', at: 0, outcome, seconds: 1 });
    return outcome;
  });
  return { status, ...world.printed() };
}

test('a run that went as asked needs no explanation', async () => {
  expect(await shown(asAsked)).toEqual({ status: 0, output: 'Done (1.00 s).\n', complaints: '' });
});

test('a run that failed is explained after the view, on standard error', async () => {
  expect(await shown({ ...asAsked, state: 'undone', error })).toEqual({
    status: 4,
    output: 'Not done; what was changed is taken back (1.00 s).\n',
    complaints: '\nIt is not there.\nNo network.\nCheck it.\nFETCH_FAILED.\n',
  });
});

test('a fault names the receipt', async () => {
  const { status, complaints } = await shown({ ...asAsked, state: 'kept', error: new Error('kaputt') });
  expect(status).toBe(1);
  expect(complaints).toContain('What was changed is in the receipt: /state/receipt.jsonl\n');
});

test('a run that the user stopped is not explained to who stopped it', async () => {
  expect(await shown({ ...asAsked, state: 'stopped-undone', error: new Error('stopped by SIGINT') })).toMatchObject({
    status: 130,
    complaints: '',
  });
});

test('programs get the explanation in the result, and nothing on standard error', async () => {
  const { output, complaints } = await shown({ ...asAsked, state: 'undone', error }, true);
  expect(complaints).toBe('');
  expect(JSON.parse(output)).toMatchObject({
    event: 'result',
    exitStatus: 4,
    error: { code: 'FETCH_FAILED', next: 'Check it.' },
  });
});
