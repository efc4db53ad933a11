import { describe, expect, it } from 'vitest';
import { claimRefusal, scriptExitCodes } from '../../src/cloud/claim-answers.ts';

function refusal(status: number, body = '', headers: Record<string, string> = {}) {
  return claimRefusal({ status, body, headers });
}

function withKey(errorMsgKey: string): string {
  return JSON.stringify({ errorCode: 'x', errorMsgKey, errorMessage: 'y' });
}

describe('the answer to a claim', () => {
  it('is a success for 204 only', () => {
    expect(refusal(204)).toBeUndefined();
    expect(refusal(200)?.code).toBe('CLAIM_NOT_CONFIRMED');
    expect(refusal(200, '{"status":"ok"}')?.what).toBe(
      'answered with status 200 and no reason: only 204 means that a node is claimed',
    );
  });

  // The last column is the exit number of the agent's script from 1.22 on.
  it.each([
    [422, 'ErrInvalidNodeID', 'CLAIM_NODE_ID_INVALID', 8],
    [422, 'ErrInvalidNodeName', 'CLAIM_NODE_NAME_INVALID', 9],
    [422, 'ErrInvalidRoomID', 'CLAIM_ROOM_INVALID', 10],
    [422, 'ErrInvalidPublicKey', 'CLAIM_PUBLIC_KEY_INVALID', 11],
    [403, 'ErrForbidden', 'CLAIM_TOKEN_INVALID', 12],
    [409, 'ErrAlreadyClaimed', 'CLAIM_ALREADY', 13],
    [200, 'ErrProcessingClaim', 'CLAIM_IN_PROGRESS', 14],
    [500, 'ErrInternalServerError', 'CLAIM_CLOUD_ERROR', 15],
    [504, 'ErrGatewayTimeout', 'CLAIM_GATEWAY_TIMEOUT', 16],
    [503, 'ErrServiceUnavailable', 'CLAIM_CLOUD_UNAVAILABLE', 17],
    [422, 'ErrSomethingNew', 'CLAIM_DATA_REFUSED', 7],
    [422, 'constructor', 'CLAIM_DATA_REFUSED', 7],
    [403, 'ErrSomethingNew', 'CLAIM_ANSWER_UNKNOWN', 7],
  ] as const)('%i with %s is %s, and %i for the script', (status, key, code, number) => {
    expect(refusal(status, withKey(key))?.code).toBe(code);
    expect(refusal(418, withKey(key))?.code).toBe(code === 'CLAIM_DATA_REFUSED' ? 'CLAIM_ANSWER_UNKNOWN' : code);
    expect(scriptExitCodes[code]).toBe(number);
  });

  it.each([
    [403, 'CLAIM_TOKEN_INVALID'],
    [409, 'CLAIM_ALREADY'],
    [102, 'CLAIM_IN_PROGRESS'],
    [500, 'CLAIM_CLOUD_ERROR'],
    [503, 'CLAIM_CLOUD_UNAVAILABLE'],
    [504, 'CLAIM_GATEWAY_TIMEOUT'],
    [422, 'CLAIM_DATA_REFUSED'],
    [400, 'CLAIM_DATA_REFUSED'],
    [429, 'CLAIM_TOO_MANY'],
    [200, 'CLAIM_NOT_CONFIRMED'],
    [404, 'CLAIM_ANSWER_UNKNOWN'],
    [502, 'CLAIM_ANSWER_UNKNOWN'],
  ])('%i without a key is %s', (status, code) => {
    for (const body of ['', '{}', '[]', 'null', '{"errorMsgKey":7}', '{"errorMsgKey":""}', 'rubbish \u0000'])
      expect(refusal(status, body)).toMatchObject({ code, what: expect.stringContaining(`status ${status}`) });
  });

  it('to a room says where rooms come from that nobody has typed', () => {
    expect(refusal(422, withKey('ErrInvalidRoomID'))?.next).toBe(
      'Copy the rooms from the Cloud once more: ids, separated by commas, in --claim-rooms. Without it a claim to the same Cloud asks for the rooms of the earlier claim.',
    );
  });

  it('has its key in any spacing, also where the rest is no JSON', () => {
    for (const body of [
      '{ "errorMsgKey"\n :\t"ErrForbidden" }',
      '{"errorMsgKey":"ErrForbidden", oops',
      '\ufeff{"errorMsgKey" : "ErrForbidden"}',
    ])
      expect(refusal(403, body)?.what).toBe('answered: the claim token is expired, not found, or invalid');
  });

  it('may be a redirect, and then says where it leads, without what may be a ticket', () => {
    expect(refusal(302, '<html>', { location: 'https://user:pw@login.example/portal?ticket=SECRET#x' })).toMatchObject({
      code: 'CLAIM_REDIRECTED',
      what: 'answers with a redirect to https://login.example/portal',
    });
    expect(refusal(308, '', { location: '//user:pw@login.example/' })?.what).toBe('answers with a redirect to //login.example/');
    expect(refusal(304)?.what).toBe('answers with a redirect to nowhere');
  });

  it.each([
    [200, 'text/html; charset=utf-8', 'Welcome'],
    [200, 'text/plain', '\n<!DOCTYPE html><title>Sign in</title>'],
    [403, 'TEXT/HTML', 'blocked'],
    [511, 'text/html', 'sign in'],
  ])('%i with a page for people is the page of somebody else', (status, type, body) => {
    expect(refusal(status, body, { 'content-type': type })).toMatchObject({
      code: 'CLAIM_LOGIN_PAGE',
      what: expect.stringContaining("a login page answers in the Cloud's place"),
    });
  });

  it('of a web server with trouble is that trouble, page or not', () => {
    expect(refusal(503, '<html>', { 'content-type': 'text/html' })?.code).toBe('CLAIM_CLOUD_UNAVAILABLE');
  });

  it('is never shown at length, nor with control characters', () => {
    const what = refusal(422, withKey(`\u001b[2J${'x'.repeat(500)}`))?.what ?? '';
    expect(what).toBe(`answered with status 422 and the error "\\x1b[2J${'x'.repeat(73)}…", which kickstart does not know`);
  });

  it('of 409 says whose the identity may be, offers a new one, and destroys nothing', () => {
    expect(refusal(409, withKey('ErrAlreadyClaimed'))).toMatchObject({
      what: expect.stringContaining('another machine that this one is a copy of, or by this one before it was installed anew'),
      next: expect.stringMatching(/kickstart claim --new-id.*Credentials that are here stay as they are\./),
    });
  });
});
