import type { ErrorCode } from '../errors.ts';
import type { HttpAnswer } from '../system/system.ts';
import { printable, redirectTarget } from './shown-text.ts';

interface ClaimAnswer {
  code: ErrorCode;
  /** After the URL of the Cloud: "answered: the node id is invalid". */
  what: string;
  next: string;
}

type Answer = Pick<HttpAnswer, 'status' | 'headers' | 'body'>;

/**
 * The refusal that an answer to the claim stands for; undefined for 204, the only success. The key in the body decides, as it does for the
 * agent's script; without one the status does, as it does for 2.x agents. Source: spec/claiming-and-link.md 1.2 to 1.4.
 */
export function claimRefusal(answer: Answer): ClaimAnswer | undefined {
  const { status, headers, body } = answer;
  if (status === 204) return undefined;
  const key = errorKey(body);
  const known = key !== undefined && Object.hasOwn(answersByKey, key) ? answersByKey[key] : undefined;
  if (known !== undefined) return { ...known, what: `answered: ${known.what}` };
  if (key !== undefined) return unknownKey(status, key);
  if (status >= 300 && status <= 399) return redirect(headers);
  if (isPage(answer) && (status < 300 || status === 403 || status === 511)) return loginPage(status);
  const byStatus = answersByStatus.find(([statuses]) => statuses.includes(status))?.[1];
  if (byStatus === undefined) return unknownAnswer(status);
  return { ...byStatus, what: `answered with status ${status} and no reason: ${byStatus.what}` };
}

/** Error keys of the claim API. Source: spec/claiming-and-link.md 1.4. */
const answersByKey: Readonly<Record<string, ClaimAnswer>> = {
  ErrInvalidNodeID: {
    code: 'CLAIM_NODE_ID_INVALID',
    what: 'the node id is invalid',
    next: 'Remove the machine GUID file, restart the agent so that it makes a new one, and claim again.',
  },
  ErrInvalidNodeName: {
    code: 'CLAIM_NODE_NAME_INVALID',
    what: 'the host name is invalid',
    next: 'Give this machine another host name, or name one with --claim-hostname NAME, and claim again.',
  },
  ErrInvalidRoomID: {
    code: 'CLAIM_ROOM_INVALID',
    what: 'one or more room ids are invalid',
    next: 'Copy the rooms from the Cloud once more: ids, separated by commas, in --claim-rooms. Without it a claim to the same Cloud asks for the rooms of the earlier claim.',
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
    what: 'a node with this id is claimed already, with other credentials: by another machine that this one is a copy of, or by this one before it was installed anew',
    next: 'To claim this machine as a node of its own: kickstart claim --new-id. To use the id again, remove the node in the Cloud first. Credentials that are here stay as they are.',
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
    code: 'CLAIM_GATEWAY_TIMEOUT',
    what: 'a gateway before the Cloud ran out of time',
    next: 'Nothing is wrong on this machine. The claim may have arrived: claim again later; the same id with the same key is the same claim.',
  },
  ErrServiceUnavailable: {
    code: 'CLAIM_CLOUD_UNAVAILABLE',
    what: 'the Cloud is not available',
    next: 'Nothing is wrong on this machine. Claim again later.',
  },
};

const answersByStatus: readonly (readonly [readonly number[], ClaimAnswer])[] = [
  [
    [403],
    {
      code: 'CLAIM_TOKEN_INVALID',
      what: 'the claim token is expired, not found, or invalid, or something on the way forbids the request',
      next: 'Copy a fresh token from the Cloud (Connect Nodes; administrators of the space see it), and claim again. If that does not help, ask whoever runs the firewall or proxy.',
    },
  ],
  [[409], row('ErrAlreadyClaimed')],
  [[102], row('ErrProcessingClaim')],
  [[500], row('ErrInternalServerError')],
  [[503], row('ErrServiceUnavailable')],
  [[504], row('ErrGatewayTimeout')],
  [
    [400, 413, 422],
    {
      code: 'CLAIM_DATA_REFUSED',
      what: 'something in the claim is not accepted',
      next: 'Check the host name (--claim-hostname), the rooms (--claim-rooms) and the token, and claim again.',
    },
  ],
  [
    [429],
    {
      code: 'CLAIM_TOO_MANY',
      what: 'there were too many requests from here',
      next: 'Wait some minutes, and claim again.',
    },
  ],
  [
    [200, 201, 202, 203, 205, 206],
    {
      code: 'CLAIM_NOT_CONFIRMED',
      what: 'only 204 means that a node is claimed',
      next: 'Check --claim-url: what answers there is a server, but not the claim API of a Netdata Cloud.',
    },
  ],
];

function row(key: keyof typeof answersByKey): ClaimAnswer {
  const found = answersByKey[key];
  if (found === undefined) throw new Error(`There is no row for ${key}`);
  return found;
}

/** Any JSON spacing; and, as the script does, in a text that only looks like JSON. */
function errorKey(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null || !('errorMsgKey' in parsed)) return undefined;
    return typeof parsed.errorMsgKey === 'string' && parsed.errorMsgKey !== '' ? parsed.errorMsgKey : undefined;
  } catch {
    return /"errorMsgKey"\s*:\s*"(\w+)"/.exec(body)?.[1];
  }
}

function isPage({ headers, body }: Answer): boolean {
  return /^\s*text\/html\b/i.test(headers['content-type'] ?? '') || /^\s*<(!doctype html|html)\b/i.test(body);
}

function redirect(headers: HttpAnswer['headers']): ClaimAnswer {
  const where = redirectTarget(headers.location);
  return {
    code: 'CLAIM_REDIRECTED',
    what: where === undefined ? 'answers with a redirect to nowhere' : `answers with a redirect to ${where}`,
    next: 'The token was not sent there. Give the URL of the Cloud itself in --claim-url; if this is the login of a network, log in first.',
  };
}

function loginPage(status: number): ClaimAnswer {
  return {
    code: 'CLAIM_LOGIN_PAGE',
    what: `does not reach the Cloud: a login page answers in the Cloud's place, or another page for people (status ${status})`,
    next: 'Log in to the network first (captive portal), or use the proxy that it wants (--claim-proxy URL); and check --claim-url.',
  };
}

function unknownKey(status: number, key: string): ClaimAnswer {
  const isData = [400, 413, 422].includes(status);
  return {
    code: isData ? 'CLAIM_DATA_REFUSED' : 'CLAIM_ANSWER_UNKNOWN',
    what: `answered with status ${status} and the error "${printable(key)}", which kickstart does not know`,
    next: isData
      ? 'Check the host name (--claim-hostname), the rooms (--claim-rooms) and the token, and claim again.'
      : 'Look for the error in the documentation of the Cloud, and check --claim-url.',
  };
}

function unknownAnswer(status: number): ClaimAnswer {
  return {
    code: 'CLAIM_ANSWER_UNKNOWN',
    what: `answered with status ${status}, which is no answer that a Cloud gives to a claim`,
    next: 'Check --claim-url: it must be the base URL of a Netdata Cloud, and no proxy or login page may answer in its place.',
  };
}

/**
 * Our codes → the exit number of the agent's script from 1.22 on, for --script-exit-codes. The number of a code that is not here is 7, by which
 * the script's callers understand that something else went wrong; our own statuses would be numbers that mean another thing to them.
 * The script says 7 to an answer without a key; here such an answer has the number of what its status means.
 * Where the script of 1.30 to 1.47 should say 4 and says 7, this is 4, as it is documented. Source: spec/claiming-and-link.md 1.4 and 2.5.
 */
export const scriptExitCodes: Readonly<Partial<Record<ErrorCode, number>>> = {
  USAGE_UNKNOWN_OPTION: 1,
  USAGE_MISSING_VALUE: 1,
  USAGE_INVALID_VALUE: 1,
  USAGE_CONFLICT: 1,
  USAGE_CLAIM_TOKEN_MISSING: 1,
  USAGE_UNKNOWN_COMMAND: 1,
  HOST_WRITE_FAILED: 2,
  HOST_PATH_TAKEN: 2,
  HOST_ACCOUNT_MISSING: 2,
  HOST_PREFIX_UNWRITABLE: 2,
  CLAIM_STATE_UNWRITABLE: 2,
  CLAIM_KEY_UNREADABLE: 2,
  HOST_PROGRAM_MISSING: 3,
  CLAIM_AGENT_WITHOUT_CLOUD: 3,
  CLAIM_URL_UNREACHABLE: 4,
  CLAIM_UNREACHABLE: 4,
  CLAIM_NAME_NOT_FOUND: 4,
  CLAIM_CONNECTION_REFUSED: 4,
  CLAIM_CONNECT_TIMEOUT: 4,
  CLAIM_TLS_UNTRUSTED: 4,
  CLAIM_TLS_WRONG_NAME: 4,
  CLAIM_TLS_EXPIRED: 4,
  CLAIM_TLS_FAILED: 4,
  CLAIM_PROXY_UNREACHABLE: 4,
  CLAIM_PROXY_LOGIN: 4,
  CLAIM_PROXY_REFUSED: 4,
  CLAIM_ANSWER_MISSING: 4,
  CLAIM_ANSWER_EMPTY: 4,
  CLAIM_ANSWER_CUT: 4,
  CLAIM_ANSWER_NOT_HTTP: 4,
  CLAIM_RESTART_NEEDED: 5,
  CLAIM_STOP_AGENT_FIRST: 5,
  // Claimed, and the agent does not know it yet, as far as can be seen.
  LINK_AGENT_STOPPED: 5,
  LINK_AGENT_SILENT: 5,
  LINK_AGENT_UNPROVEN: 5,
  LINK_NOT_CLAIMED: 5,
  HOST_NO_ROOT: 6,
  CLAIM_WRONG_USER: 6,
  CLAIM_ANSWER_TOO_LONG: 7,
  CLAIM_ANSWER_UNKNOWN: 7,
  CLAIM_REDIRECTED: 7,
  CLAIM_LOGIN_PAGE: 7,
  CLAIM_NOT_CONFIRMED: 7,
  CLAIM_DATA_REFUSED: 7,
  CLAIM_TOO_MANY: 7,
  CLAIM_NODE_ID_INVALID: 8,
  CLAIM_NODE_NAME_INVALID: 9,
  CLAIM_ROOM_INVALID: 10,
  CLAIM_PUBLIC_KEY_INVALID: 11,
  CLAIM_TOKEN_INVALID: 12,
  CLAIM_ALREADY: 13,
  CLAIM_IN_PROGRESS: 14,
  CLAIM_CLOUD_ERROR: 15,
  CLAIM_GATEWAY_TIMEOUT: 16,
  CLAIM_CLOUD_UNAVAILABLE: 17,
  CLAIM_MACHINE_GUID: 18,
};

/** Of the script: an answer, or an end, that it does not know. */
export const scriptExitUnknown = 7;
