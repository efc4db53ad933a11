import { describe, expect, it } from 'vitest';
import { agentClaimAnswer, agentClaimError } from '../../src/cloud/agent-claim-answer.ts';
import { Secret } from '../../src/system/secret.ts';

const token = new Secret('T0KEN-canary');
const not = 'Netdata Agent is not claimed to Netdata Cloud: ';

describe('what an agent from 2.0 on says of its claim', () => {
  it.each([
    ['Netdata Agent is claimed to Netdata Cloud and is currently online.', 'claimed'],
    ['Netdata Agent is claimed to Netdata Cloud, but it is banned.', 'claimed'],
    ['Netdata Agent is claimed to Netdata Cloud, but it is currently offline: /env response code is not 200', 'claimed'],
    [`${not}Failed: token is expired, not found, or invalid`, 'refused'],
    [`${not}Agent is not claimed yet`, 'not-yet'],
    [`${not}Claiming is in progress`, 'not-yet'],
    ['Netdata Agent is not claimed to Netdata Cloud, but it is currently online via parent.', 'not-yet'],
    ['', 'not-yet'],
  ])('in %j is %s', (sentence, kind) => {
    expect(agentClaimAnswer(sentence).kind).toBe(kind);
  });

  it.each([
    ['Failed: the node id is invalid', 'CLAIM_NODE_ID_INVALID'],
    ['Failed: the node name is invalid', 'CLAIM_NODE_NAME_INVALID'],
    ['Failed: one or more room ids are invalid', 'CLAIM_ROOM_INVALID'],
    ['Failed: the public key is invalid', 'CLAIM_PUBLIC_KEY_INVALID'],
    ["Failed with description 'ErrSomethingNew'", 'CLAIM_DATA_REFUSED'],
    ["Failed with description 'ErrForbidden'", 'CLAIM_TOKEN_INVALID'],
    ['Failed with a response code 422', 'CLAIM_DATA_REFUSED'],
    ['Failed with an empty response, code 422', 'CLAIM_DATA_REFUSED'],
    ['Failed: token is expired, not found, or invalid', 'CLAIM_TOKEN_INVALID'],
    ['Failed: agent is already claimed', 'CLAIM_ALREADY'],
    ['Failed: received Internal Server Error', 'CLAIM_CLOUD_ERROR'],
    ['Failed: Gateway Timeout', 'CLAIM_GATEWAY_TIMEOUT'],
    ['Failed: Netdata Cloud is unavailable', 'CLAIM_CLOUD_UNAVAILABLE'],
    ['Failed with response code 200', 'CLAIM_NOT_CONFIRMED'],
    ['Failed with response code 418', 'CLAIM_ANSWER_UNKNOWN'],
    ['Failed with response code 204', 'CLAIM_ANSWER_UNKNOWN'],
    ["Request failed with error: Couldn't resolve host", 'CLAIM_UNREACHABLE'],
    ['Failed to save claiming info to disk', 'CLAIM_STATE_UNWRITABLE'],
    ['Something that no agent said so far', 'CLAIM_ANSWER_UNKNOWN'],
  ])('%j is the code %s', (reason, code) => {
    const error = agentClaimError({ url: 'https://cloud.test', token, reason });
    expect(error).toMatchObject({ code, what: 'Failed to claim this node.' });
    expect(error.why).toBe(`The agent claims itself, and says of https://cloud.test: ${reason}`);
    expect(error.next).not.toBe('');
  });

  it('never repeats the token', () => {
    const error = agentClaimError({ url: 'https://cloud.test', token, reason: 'Failed: no token T0KEN-canary' });
    expect(error.message).not.toContain('T0KEN-canary');
  });
});
