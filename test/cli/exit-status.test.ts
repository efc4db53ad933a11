import { expect, test } from 'vitest';
import { exitStatusOfError, exitStatusOfOutcome } from '../../src/cli/exit-status.ts';
import type { Outcome } from '../../src/engine/events.ts';
import { type ErrorCode, KickstartError } from '../../src/errors.ts';

test.each<[string, Partial<Outcome>, number]>([
  ['a machine that is as asked', { state: 'as-asked', changed: true }, 0],
  ['a machine that was already so', { state: 'as-asked', changed: false }, 0],
  ['a fault of ours, taken back', { state: 'undone', changed: true, error: new TypeError('x is not a function') }, 1],
  ['a refusal in the middle that had changed nothing', { state: 'undone', changed: false, error: errorWith('HOST_BUSY') }, 3],
  [
    'tools found missing after changes, which were taken back',
    { state: 'undone', changed: false, tookBack: true, error: errorWith('BUILD_TOOLS_MISSING') },
    4,
  ],
  ['a failure that was taken back', { state: 'undone', changed: true, error: errorWith('FETCH_FAILED') }, 4],
  ['a failure that leaves its changes', { state: 'kept', changed: true, error: errorWith('BUILD_AGENT_FAILED') }, 5],
  ['a failure whose undo failed too', { state: 'undo-incomplete', changed: true, error: errorWith('UNDO_INCOMPLETE') }, 5],
  ['an agent that runs and is not claimed', { state: 'not-claimed', changed: true, error: errorWith('CLAIM_TOKEN_INVALID') }, 6],
  [
    'a claim that failed, with all of the install taken back as asked',
    { state: 'undone', changed: false, tookBack: true, error: errorWith('CLAIM_TOKEN_INVALID') },
    4,
  ],
  ['the user stopped it, and it was taken back', { state: 'stopped-undone', changed: true, error: new Error('stopped') }, 130],
  ['the user stopped it, and the changes stay', { state: 'stopped-kept', changed: true, error: new Error('stopped') }, 130],
])('%s', (_sentence, outcome, status) => {
  expect(exitStatusOfOutcome({ state: 'as-asked', changed: true, warnings: [], proofs: [], ...outcome })).toBe(status);
});

test.each<[unknown, number]>([
  [new TypeError('x is not a function'), 1],
  ['not even an error', 1],
  [errorWith('USAGE_UNKNOWN_OPTION'), 2],
  [errorWith('EXISTING_INSTALL_UNSUPPORTED'), 3],
  [errorWith('VERIFY_CHECKSUM'), 4],
  [errorWith('CLAIM_AGENT_WITHOUT_CLOUD'), 6],
])('before a run, %s ends with %i', (error, status) => {
  expect(exitStatusOfError(error)).toBe(status);
});

test('several refusals at once are a refusal', () => {
  expect(exitStatusOfError(new AggregateError([errorWith('HOST_NO_ROOT'), errorWith('BUILD_TOOLS_MISSING')]))).toBe(3);
});

function errorWith(code: ErrorCode) {
  return new KickstartError(code, { what: 'what.', why: 'why.', next: 'next.' });
}
