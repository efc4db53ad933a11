import type { ErrorCode } from '../errors.ts';

interface ClaimAnswer {
  code: ErrorCode;
  what: string;
  next: string;
}

/** Error keys of the claim API → our code and advice. Source: spec/claiming-and-link.md 1.4. The agent's script decides by the key alone, and so do we. */
const answersByKey: Readonly<Record<string, ClaimAnswer>> = {
  ErrInvalidNodeID: {
    code: 'CLAIM_NODE_ID_INVALID',
    what: 'the node id is invalid',
    next: 'Remove the machine GUID file, restart the agent so that it makes a new one, and claim again.',
  },
  ErrInvalidNodeName: {
    code: 'CLAIM_NODE_NAME_INVALID',
    what: 'the host name is invalid',
    next: 'Give this machine another host name, and claim again.',
  },
  ErrInvalidRoomID: {
    code: 'CLAIM_ROOM_INVALID',
    what: 'one or more room ids are invalid',
    next: 'Copy the rooms from the Cloud once more: ids, separated by commas, in --claim-rooms.',
  },
  ErrInvalidPublicKey: {
    code: 'CLAIM_PUBLIC_KEY_INVALID',
    what: 'the public key is invalid',
    next: 'Remove private.pem and public.pem from cloud.d, and claim again: a new pair is made.',
  },
  ErrForbidden: {
    code: 'CLAIM_TOKEN_INVALID',
    what: 'the claim token is expired, not found, or invalid',
    next: 'Copy a fresh token from the Cloud (Connect Nodes; administrators of the space see it), and claim again.',
  },
  ErrAlreadyClaimed: {
    code: 'CLAIM_ALREADY',
    what: 'a node with this id is claimed already, with another key',
    next: 'If this machine is a clone, or was installed anew, remove the node in the Cloud first; then claim again.',
  },
  ErrProcessingClaim: {
    code: 'CLAIM_IN_PROGRESS',
    what: 'an earlier claim of this node is still in progress',
    next: 'Wait a minute, and claim again.',
  },
  ErrInternalServerError: {
    code: 'CLAIM_CLOUD_ERROR',
    what: 'the Cloud had an internal error',
    next: 'Nothing is wrong on this machine. Claim again later.',
  },
  ErrGatewayTimeout: {
    code: 'CLAIM_CLOUD_ERROR',
    what: 'a gateway before the Cloud ran out of time',
    next: 'Nothing is wrong on this machine. Claim again later.',
  },
  ErrServiceUnavailable: {
    code: 'CLAIM_CLOUD_ERROR',
    what: 'the Cloud is not available',
    next: 'Nothing is wrong on this machine. Claim again later.',
  },
};

/** The refusal that an answer to the claim stands for; undefined for 204, the only success. */
export function claimRefusal(status: number, body: string): ClaimAnswer | undefined {
  if (status === 204) return undefined;
  const key = errorKey(body);
  const known = key !== undefined && Object.hasOwn(answersByKey, key) ? answersByKey[key] : undefined;
  return known ?? unknownAnswer(status, key);
}

function errorKey(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null || !('errorMsgKey' in parsed)) return undefined;
    return typeof parsed.errorMsgKey === 'string' ? parsed.errorMsgKey : undefined;
  } catch {
    return undefined;
  }
}

function unknownAnswer(status: number, key: string | undefined): ClaimAnswer {
  return {
    code: 'CLAIM_ANSWER_UNKNOWN',
    what: `status ${status}${key === undefined ? '' : ` with the error "${key.slice(0, 80)}"`} is no answer that a Cloud gives to a claim`,
    next: 'Check --claim-url: it must be the base URL of a Netdata Cloud, and no proxy or login page may answer in its place.',
  };
}
