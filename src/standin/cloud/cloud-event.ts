import { printable } from '../../system/printable.ts';
import type { OfflineReason } from './node-state.ts';

/**
 * What happens in the Cloud, for whoever watches it. Never holds a token, key, secret or password.
 * What belongs to a node has its claim id as `id`; node-history.ts says which of it is kept.
 */
export type CloudEvent =
  | { kind: 'request'; method: string; path: string; status: number; address: string }
  | { kind: 'claimed'; id: string; hostname: string; again: boolean; spaceId: string; rooms: readonly string[] }
  | { kind: LinkQuestion; id: string; address: string }
  | { kind: 'link-checked'; what: LinkQuestion; id: string; address: string }
  | { kind: 'password-given'; id: string }
  | { kind: 'online'; id: string; mqttLevel: 4 | 5; address: string }
  | { kind: 'takeover'; id: string; address: string }
  | { kind: 'link-refused'; address: string }
  | { kind: 'reachable'; id: string; reachable: boolean }
  | { kind: 'node-instance'; id: string; nodeId: string }
  | { kind: 'first-data'; id: string; topic: string }
  | { kind: 'will'; id: string }
  | { kind: 'offline'; id: string; reason: OfflineReason }
  | { kind: 'query'; id: string; path: string; status?: number; milliseconds: number }
  | { kind: 'moved'; id: string; spaceId: string; rooms: readonly string[] }
  | { kind: 'removed'; id: string }
  | { kind: 'space'; spaceId: string; change: Change }
  | { kind: 'room'; spaceId: string; roomId: string; change: Change }
  | { kind: 'password'; administrator: string }
  | { kind: 'token'; spaceId: string; tokenId: string; change: 'made' | 'regenerated' | 'revoked' }
  | { kind: 'message-ignored'; id: string; topic: string; why: string }
  | { kind: 'fault'; error: unknown };

/** What an agent asks first, and anybody else can ask who knows its claim id. */
export type LinkQuestion = 'env-asked' | 'challenged';

type Change = 'made' | 'changed' | 'removed';

/** Without what a terminal would obey: a path, a topic and a name can be anything. An error is shown in another way. */
export function printableEvent(event: CloudEvent): CloudEvent {
  if (event.kind === 'fault') return event;
  const safe = Object.entries(event).map(([name, value]) => [name, typeof value === 'string' ? printable(value) : value]);
  return Object.fromEntries(safe);
}

export type OnCloudEvent = (event: CloudEvent) => void;
