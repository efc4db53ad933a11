import { describe, expect, it } from 'vitest';
import { claimRefusal } from '../../src/cloud/claim-answers.ts';

describe('the answer to a claim', () => {
  it('is a success for 204 only', () => {
    expect(claimRefusal(204, '')).toBeUndefined();
    expect(claimRefusal(200, '')?.code).toBe('CLAIM_ANSWER_UNKNOWN');
  });

  it.each([
    [422, 'ErrInvalidNodeID', 'CLAIM_NODE_ID_INVALID'],
    [422, 'ErrInvalidNodeName', 'CLAIM_NODE_NAME_INVALID'],
    [422, 'ErrInvalidRoomID', 'CLAIM_ROOM_INVALID'],
    [422, 'ErrInvalidPublicKey', 'CLAIM_PUBLIC_KEY_INVALID'],
    [403, 'ErrForbidden', 'CLAIM_TOKEN_INVALID'],
    [409, 'ErrAlreadyClaimed', 'CLAIM_ALREADY'],
    [200, 'ErrProcessingClaim', 'CLAIM_IN_PROGRESS'],
    [500, 'ErrInternalServerError', 'CLAIM_CLOUD_ERROR'],
    [504, 'ErrGatewayTimeout', 'CLAIM_CLOUD_ERROR'],
    [503, 'ErrServiceUnavailable', 'CLAIM_CLOUD_ERROR'],
    [422, 'ErrSomethingNew', 'CLAIM_ANSWER_UNKNOWN'],
    [422, 'constructor', 'CLAIM_ANSWER_UNKNOWN'],
  ])('%i with %s is %s', (status, key, code) => {
    const body = JSON.stringify({ errorCode: 'x', errorMsgKey: key, errorMessage: 'y' });
    expect(claimRefusal(status, body)?.code).toBe(code);
  });

  it.each(['', '<html>sign in</html>', '[]', 'null', '{"errorMsgKey":7}', '{"errorMsgKey":'])(
    'says the status when the body is %j',
    (body) => {
      expect(claimRefusal(502, body)).toMatchObject({
        code: 'CLAIM_ANSWER_UNKNOWN',
        what: expect.stringContaining('status 502'),
      });
    },
  );
});
