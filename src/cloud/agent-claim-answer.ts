import { KickstartError } from '../errors.ts';
import { type Secret, withoutSecret } from '../system/secret.ts';
import { claimRefusal } from './claim-answers.ts';
import { printable, withoutLogin } from './shown-text.ts';

export type AgentClaimAnswer =
  | { kind: 'claimed' }
  /** It says nothing of the claim, or that it has not tried yet. */
  | { kind: 'not-yet' }
  | { kind: 'refused'; reason: string };

/** The sentence of an agent from 2.0 on after `reload-claiming-state`. Source: spec/claiming-and-link.md 4.3. */
export function agentClaimAnswer(sentence: string): AgentClaimAnswer {
  if (/\bis claimed to\b/.test(sentence)) return { kind: 'claimed' };
  const [, reason] = /\bis not claimed to Netdata Cloud: ([\s\S]+)/.exec(sentence) ?? [];
  if (reason === undefined || /^Agent is not claimed yet|^Claiming is in progress/.test(reason)) return { kind: 'not-yet' };
  return { kind: 'refused', reason: reason.trim() };
}

interface Refused {
  url: string;
  token: Secret;
  reason: string;
}

/** Why an agent that claims itself could not, with the code and the advice that the same answer to kickstart has. Source: 1.4. */
export function agentClaimError({ url, token, reason }: Refused): KickstartError {
  const told = withoutSecret(printable(reason, 200), token);
  const why = `The agent claims itself, and says of ${withoutLogin(url)}: ${told}`;
  const { code, next } = rowOf(reason);
  return new KickstartError(code, { what: 'Failed to claim this node.', why, next });
}

function rowOf(reason: string): Pick<NonNullable<ReturnType<typeof claimRefusal>>, 'code' | 'next'> {
  const row = reasons.find(([text]) => text.test(reason));
  const [, described] = /description '([^']+)'/.exec(reason) ?? [];
  const [, status] = /\bcode (\d+)\b/.exec(reason) ?? [];
  const key = row?.[1] ?? described;
  const refusal =
    key === undefined && status === undefined
      ? undefined
      : claimRefusal({
          status: Number(status ?? 422),
          headers: {},
          body: key === undefined ? '' : JSON.stringify({ errorMsgKey: key }),
        });
  if (refusal !== undefined) return refusal;
  if (/^Request failed/.test(reason)) {
    return {
      code: 'CLAIM_UNREACHABLE',
      next: "Check name, firewall, proxy (--claim-proxy) and certificates (--ca-file) from the agent's side, and claim again.",
    };
  }
  if (/^Failed to save/.test(reason)) {
    return {
      code: 'CLAIM_STATE_UNWRITABLE',
      next: 'Make its cloud.d directory belong to the user that the agent runs as, look for room on the disk, and claim again with --new-id.',
    };
  }
  return { code: 'CLAIM_ANSWER_UNKNOWN', next: "Look into the agent's log for what it says of claiming, and claim again." };
}

const reasons: readonly (readonly [RegExp, string])[] = [
  [/node id is invalid/, 'ErrInvalidNodeID'],
  [/node name is invalid/, 'ErrInvalidNodeName'],
  [/room ids? (is|are) invalid/, 'ErrInvalidRoomID'],
  [/public key is invalid/, 'ErrInvalidPublicKey'],
  [/token is expired/, 'ErrForbidden'],
  [/already claimed/, 'ErrAlreadyClaimed'],
  [/Internal Server Error/i, 'ErrInternalServerError'],
  [/Gateway Timeout/i, 'ErrGatewayTimeout'],
  [/Cloud is unavailable/, 'ErrServiceUnavailable'],
];
