import { expect, test } from 'vitest';
import { claimStatus } from '../../src/cli/script-exit-codes.ts';
import { type ErrorCode, errorCodes, KickstartError } from '../../src/errors.ts';

const errorOf = (code: ErrorCode) => new KickstartError(code, { what: '', why: '', next: '' });

// Source: spec/claiming-and-link.md 2.5.
test.each<[ErrorCode, number]>([
  ['USAGE_CLAIM_TOKEN_MISSING', 1],
  ['HOST_PATH_TAKEN', 2],
  ['CLAIM_AGENT_WITHOUT_CLOUD', 3],
  ['HOST_NO_ROOT', 6],
  // Those that the script does not have: our own 2, 3, 4 and 5 would mean another thing to who asks for its numbers.
  ['HOST_BUSY', 7],
  ['CLAIM_NO_AGENT', 7],
  ['SERVICE_STOPPED', 7],
  ['UNDO_INCOMPLETE', 7],
  ['CLAIM_NODE_ID_INVALID', 8],
  ['CLAIM_NODE_NAME_INVALID', 9],
  ['CLAIM_ROOM_INVALID', 10],
  ['CLAIM_PUBLIC_KEY_INVALID', 11],
  ['CLAIM_TOKEN_INVALID', 12],
  ['CLAIM_ALREADY', 13],
  ['CLAIM_IN_PROGRESS', 14],
  ['CLAIM_CLOUD_ERROR', 15],
  ['CLAIM_GATEWAY_TIMEOUT', 16],
  ['CLAIM_CLOUD_UNAVAILABLE', 17],
  ['CLAIM_MACHINE_GUID', 18],
])('%s is %d of the script', (code, number) => {
  expect(claimStatus(6, { error: errorOf(code) }, { scriptExitCodes: true })).toBe(number);
  expect(claimStatus(6, { error: errorOf(code) }, {})).toBe(6);
});

test('a link that is not up is none of the script, but for an agent that has not heard of its claim', () => {
  const codes = Object.keys(errorCodes).filter((code): code is ErrorCode => code.startsWith('LINK_'));
  const numbers = codes.map((code) => [code, claimStatus(6, { error: errorOf(code) }, { scriptExitCodes: true })]);
  expect(numbers).toContainEqual(['LINK_NOT_ONLINE', 0]);
  expect(numbers.filter(([, number]) => number !== 0)).toEqual([
    ['LINK_AGENT_STOPPED', 5],
    ['LINK_AGENT_SILENT', 5],
    ['LINK_AGENT_UNPROVEN', 5],
    ['LINK_NOT_CLAIMED', 5],
  ]);
});

test('of several refusals the first counts; a fault is the 7 of the script, and a stop is a stop', () => {
  const two = new AggregateError([errorOf('CLAIM_URL_UNREACHABLE'), errorOf('CLAIM_TOKEN_INVALID')]);
  expect(claimStatus(3, { error: two }, { scriptExitCodes: true })).toBe(4);
  expect(claimStatus(1, { error: new Error('kaputt') }, { scriptExitCodes: true })).toBe(7);
  expect(claimStatus(130, { error: new Error('stopped') }, { scriptExitCodes: true })).toBe(130);
  expect(claimStatus(0, {}, { scriptExitCodes: true })).toBe(0);
});

test('a claim that the agent has not heard of is 5, and other warnings are none of the script', () => {
  const warnings = [{ error: errorOf('BUILD_DEPENDENCY_FAILED') }, { error: errorOf('LINK_NOT_CLAIMED') }];
  expect(claimStatus(0, { warnings }, { scriptExitCodes: true })).toBe(5);
  expect(claimStatus(0, { warnings }, {})).toBe(0);
  expect(claimStatus(0, { warnings: warnings.slice(0, 1) }, { scriptExitCodes: true })).toBe(0);
});
