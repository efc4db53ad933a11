import { createPublicKey } from 'node:crypto';
import { type ClaimRequest, claimRefusalStatuses } from '../../cloud/wire.ts';
import { isVisibleLine } from '../../system/printable.ts';
import { type Answer, isObject, parseObject, refusal } from './answer.ts';
import type { OnCloudEvent } from './cloud-event.ts';
import { StoreFull } from './store/database.ts';
import type { ClaimedNode } from './store/node-rows.ts';
import type { Store } from './store/store.ts';
import type { TokenView } from './store/tokens.ts';
import { normalId, normalUuid } from './uuid.ts';

interface ClaimParts {
  store: Store;
  /** A node has another key now: what was given to the agent before is no longer good. */
  onReplaced(id: string): void;
  onEvent: OnCloudEvent;
}

type ClaimRefusal = keyof typeof claimRefusalStatuses;

// What came in, of which nothing is known but the names.
type Unchecked<Part> = Readonly<Partial<Record<keyof Part, unknown>>>;
type UncheckedClaim = Unchecked<ClaimRequest>;
type UncheckedNode = Unchecked<ClaimRequest['node']>;

/** Answers one claim. A 204 is given only when the node is on disk. Source: spec/claiming-and-link.md 1.1 to 1.6. */
export async function answerClaim(given: string, body: Buffer, { store, onReplaced, onEvent }: ClaimParts): Promise<Answer> {
  const id = normalUuid(given);
  const request: UncheckedClaim | undefined = parseObject(body);
  if (request === undefined) return refusal(400, 'ErrBadRequest', 'the body is not a JSON object');
  const node: UncheckedNode = isObject(request.node) ? request.node : {};
  const wrong = firstMistake(id, request, node);
  if (wrong !== undefined || id === undefined) return claimRefusal(wrong ?? 'ErrInvalidNodeID');
  try {
    const outcome = await store.database.commit(() => claimIn(store, id, request));
    if ('refused' in outcome) return claimRefusal(outcome.refused);
    if (outcome.isReplaced) onReplaced(id);
    onEvent({ kind: 'claimed', ...{ id, hostname: outcome.node.hostname, again: outcome.again }, ...placeOf(outcome.node) });
    return { status: 204 };
  } catch (error) {
    if (!(error instanceof StoreFull)) throw error;
    onEvent({ kind: 'fault', error });
    return claimRefusal('ErrServiceUnavailable');
  }
}

/** What can be said without knowing what there is. */
function firstMistake(id: string | undefined, request: UncheckedClaim, node: UncheckedNode): ClaimRefusal | undefined {
  if (id === undefined || normalUuid(node.id) !== id) return 'ErrInvalidNodeID';
  if (request.mGUID !== undefined && normalUuid(request.mGUID) === undefined) return 'ErrInvalidNodeID';
  if (!isHostname(node.hostname)) return 'ErrInvalidNodeName';
  return isRsa2048(request.publicKey) ? undefined : 'ErrInvalidPublicKey';
}

type Outcome = { refused: ClaimRefusal } | { node: ClaimedNode; again: boolean; isReplaced: boolean };

/** Inside of a transaction, so that of two claims at the same time one comes first. */
function claimIn({ tokens, rooms, nodes, spaces }: Store, id: string, request: UncheckedClaim): Outcome {
  const token = typeof request.token === 'string' ? tokens.withSecret(request.token) : undefined;
  if (token?.state !== 'good') return { refused: 'ErrForbidden' };
  const wanted = request.rooms ?? [];
  const isRoom = (room: unknown) => typeof room === 'string' && rooms.find(normalId(room))?.spaceId === token.spaceId;
  if (!Array.isArray(wanted) || !wanted.every(isRoom)) return { refused: 'ErrInvalidRoomID' };

  const claim = claimedNode(id, token, request);
  const known = nodes.find(id);
  if (known === undefined || known.removedAt !== undefined) {
    nodes.add(claim);
    tokens.countClaim(token.id);
    return { node: claim, again: false, isReplaced: false };
  }
  const isSame = isSameKey(known.publicKey, claim.publicKey) && known.spaceId === claim.spaceId;
  // The space that has the node decides: a token of another one does not take it away.
  const policy = spaces.find(known.spaceId)?.repeatClaims ?? 'refuse';
  if (policy === 'refuse' || (policy === 'same-key' && !isSame)) return { refused: 'ErrAlreadyClaimed' };
  nodes.renew(claim);
  if (!isSame) tokens.countClaim(token.id);
  return { node: claim, again: true, isReplaced: !isSame };
}

function claimRefusal(key: ClaimRefusal): Answer {
  return refusal(claimRefusalStatuses[key], key, MESSAGES[key] ?? 'refused');
}

// Only what firstMistake let through arrives here.
function claimedNode(id: string, { spaceId }: TokenView, request: UncheckedClaim): ClaimedNode {
  const { hostname }: UncheckedNode = isObject(request.node) ? request.node : {};
  return {
    id,
    spaceId,
    publicKey: String(request.publicKey),
    hostname: String(hostname),
    ...(request.mGUID === undefined ? {} : { machineGuid: normalId(String(request.mGUID)) }),
    rooms: Array.isArray(request.rooms) ? request.rooms.map(String).map(normalId) : [],
  };
}

function placeOf({ spaceId, rooms }: ClaimedNode) {
  return { spaceId, rooms };
}

function isSameKey(one: string, other: string): boolean {
  return createPublicKey(one).equals(createPublicKey(other));
}

function isHostname(value: unknown): boolean {
  return typeof value === 'string' && isVisibleLine(value, 255) && value.trim() !== '';
}

function isRsa2048(value: unknown): boolean {
  if (typeof value !== 'string' || !value.trimStart().startsWith('-----BEGIN PUBLIC KEY-----')) return false;
  try {
    const key = createPublicKey(value);
    return key.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails?.modulusLength === 2048;
  } catch {
    return false;
  }
}

const MESSAGES: Partial<Record<ClaimRefusal, string>> = {
  ErrInvalidNodeID: 'the node id is not a UUID, or not that of the path',
  ErrInvalidNodeName: 'the host name is empty, too long, or holds control or invisible characters',
  ErrInvalidPublicKey: 'the public key is not an RSA key of 2048 bits in SPKI PEM',
  ErrForbidden: 'the token is expired, not found, or invalid',
  ErrInvalidRoomID: 'one or more rooms are not in the space',
  ErrAlreadyClaimed: 'a node with this id is claimed already',
  ErrServiceUnavailable: 'the claim could not be kept; nothing has changed',
};
