import { createPublicKey } from 'node:crypto';
import { type ClaimRequest, claimRefusalStatuses } from '../../cloud/wire.ts';
import { type Answer, isObject, parseObject, refusal } from './answer.ts';
import type { OnCloudEvent } from './cloud-event.ts';
import type { NodeRecord } from './node-state.ts';
import type { Nodes } from './nodes.ts';
import { isSameSecret } from './secrets.ts';
import type { Space } from './space.ts';

interface ClaimParts {
  space: Space;
  nodes: Nodes;
  onEvent: OnCloudEvent;
}

type ClaimRefusal = keyof typeof claimRefusalStatuses;

// What came in, of which nothing is known but the names.
type Unchecked<Part> = Readonly<Partial<Record<keyof Part, unknown>>>;
type UncheckedClaim = Unchecked<ClaimRequest>;
type UncheckedNode = Unchecked<ClaimRequest['node']>;

/** Answers one claim. A 204 is given only when the node is on disk. Source: spec/claiming-and-link.md 1.1 to 1.6. */
export async function answerClaim(id: string, body: Buffer, { space, nodes, onEvent }: ClaimParts): Promise<Answer> {
  const request: UncheckedClaim | undefined = parseObject(body);
  if (request === undefined) return refusal(400, 'ErrBadRequest', 'the body is not a JSON object');
  const node: UncheckedNode = isObject(request.node) ? request.node : {};
  const wrong = firstMistake(id, request, node, space);
  if (wrong !== undefined) return claimRefusal(wrong);

  const claim = newRecord(request, node);
  let outcome: 'new' | 'again' | 'taken' = 'new';
  await nodes.change(id, (known) => {
    if (known === undefined) return claim;
    outcome = isSameKey(known.publicKey, claim.publicKey) ? 'again' : 'taken';
    return outcome === 'again' ? renewed(known, claim) : known;
  });
  // TypeScript does not see the assignment inside the function above.
  const result = outcome as 'new' | 'again' | 'taken';
  if (result === 'taken') return claimRefusal('ErrAlreadyClaimed');
  onEvent({ kind: 'claimed', id, hostname: claim.hostname, again: result === 'again' });
  return { status: 204 };
}

function firstMistake(id: string, request: UncheckedClaim, node: UncheckedNode, space: Space): ClaimRefusal | undefined {
  if (!isUuid(id) || node.id !== id) return 'ErrInvalidNodeID';
  if (request.mGUID !== undefined && !isUuid(request.mGUID)) return 'ErrInvalidNodeID';
  if (!isHostname(node.hostname)) return 'ErrInvalidNodeName';
  if (!isRsa2048(request.publicKey)) return 'ErrInvalidPublicKey';
  if (typeof request.token !== 'string' || !isSameSecret(request.token, space.token)) return 'ErrForbidden';
  const rooms = request.rooms ?? [];
  const isRoom = (room: unknown) => space.rooms.some((known) => known.id === room);
  return Array.isArray(rooms) && rooms.every(isRoom) ? undefined : 'ErrInvalidRoomID';
}

function claimRefusal(key: ClaimRefusal): Answer {
  return refusal(claimRefusalStatuses[key], key, MESSAGES[key] ?? 'refused');
}

// Only what firstMistake let through arrives here.
function newRecord(request: UncheckedClaim, node: UncheckedNode): NodeRecord {
  return {
    publicKey: String(request.publicKey),
    hostname: String(node.hostname),
    ...(request.mGUID === undefined ? {} : { machineGuid: String(request.mGUID) }),
    rooms: Array.isArray(request.rooms) ? request.rooms.map(String) : [],
    claimedAt: new Date().toISOString(),
  };
}

// Another machine GUID is another machine: its agent does not have the node id that was given out.
function renewed(known: NodeRecord, claim: NodeRecord): NodeRecord {
  const { nodeId, ...rest } = known;
  const isSameMachine = claim.machineGuid === known.machineGuid;
  return { ...rest, ...claim, ...(isSameMachine && nodeId !== undefined ? { nodeId } : {}) };
}

function isSameKey(one: string, other: string): boolean {
  return createPublicKey(one).equals(createPublicKey(other));
}

/** As it is sent: agents before 1.37 keep upper case, and then use it in their topics. */
function isUuid(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
}

function isHostname(value: unknown): boolean {
  return typeof value === 'string' && /^[^\p{Cc}]{1,255}$/u.test(value) && value.trim() !== '';
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
  ErrInvalidNodeName: 'the host name is empty, too long, or holds control characters',
  ErrInvalidPublicKey: 'the public key is not an RSA key of 2048 bits in SPKI PEM',
  ErrForbidden: 'the token is expired, not found, or invalid',
  ErrInvalidRoomID: 'one or more rooms are not in the space',
  ErrAlreadyClaimed: 'a node with this id is claimed with another key',
};
