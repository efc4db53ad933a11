import { expect, test } from 'vitest';
import { jsonResultOfError, viewJson } from '../../src/cli/view-json.ts';
import { KickstartError } from '../../src/errors.ts';
import { Secret } from '../../src/system/secret.ts';

const error = new KickstartError('CLAIM_TOKEN_INVALID', { what: 'what.', why: 'why.', next: 'next.' });
const explained = { code: 'CLAIM_TOKEN_INVALID', what: 'what.', why: 'why.', next: 'next.' };

test('prints each event as one line, and the end of the run as the result', async () => {
  const printed: string[] = [];
  const view = viewJson((text) => printed.push(text));
  view.draw({ event: 'step-started', at: 12, id: 'claim-node', title: 'Claim\nthe node' });
  view.draw({ event: 'step-failed', at: 13, id: 'claim-node', error });
  const proofs = [{ text: 'The agent answers.', seconds: 0.42 }];
  view.draw({
    event: 'run-ended',
    at: 14,
    seconds: 2,
    outcome: { state: 'not-claimed', changed: true, error, warnings: [], proofs },
  });
  await view.finish();
  expect(printed.map((line) => JSON.parse(line))).toEqual([
    { event: 'step-started', at: 12, id: 'claim-node', title: 'Claim\nthe node' },
    { event: 'step-failed', at: 13, id: 'claim-node', error: explained },
    { event: 'result', changed: true, state: 'not-claimed', exitStatus: 6, seconds: 2, error: explained, warnings: [], proofs },
  ]);
  expect(printed.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
});

test('a result without an error has none', () => {
  const printed: string[] = [];
  const outcome = { state: 'as-asked', changed: false, warnings: [], proofs: [] } as const;
  viewJson((text) => printed.push(text)).draw({ event: 'run-ended', at: 0, seconds: 1, outcome });
  expect(printed).toEqual([
    '{"event":"result","changed":false,"state":"as-asked","exitStatus":0,"seconds":1,"warnings":[],"proofs":[]}\n',
  ]);
});

test('a plan shows no secret', () => {
  const printed: string[] = [];
  const step = { kind: 'claim-node', token: new Secret('very-secret') } as never;
  const plan = {
    goal: 'claim',
    title: 'Claim',
    decisions: [],
    stages: [{ title: 'Claim', atOnce: 1, steps: [{ id: 'c', step, reason: '' }] }],
  } as const;
  viewJson((text) => printed.push(text)).draw({ event: 'run-started', at: 0, plan });
  expect(printed.join('')).toContain('"token":"[hidden]"');
  expect(printed.join('')).not.toContain('very-secret');
});

test('a refusal before the run is a result too, with every reason', () => {
  const other = new KickstartError('HOST_NO_ROOT', { what: 'a.', why: 'b.', next: 'c.' });
  expect(JSON.parse(jsonResultOfError(new AggregateError([other, other])))).toMatchObject({
    ...{ event: 'result', changed: false, state: 'refused', exitStatus: 3 },
    error: { code: 'HOST_NO_ROOT' },
    errors: [{ code: 'HOST_NO_ROOT' }, { code: 'HOST_NO_ROOT' }],
  });
});

test('a fault before the run says its message', () => {
  expect(JSON.parse(jsonResultOfError(new TypeError('x is not a function')))).toMatchObject({
    ...{ state: 'fault', exitStatus: 1, error: { message: 'x is not a function' } },
  });
});
