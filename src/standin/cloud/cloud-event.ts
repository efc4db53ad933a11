import type { OfflineReason } from './node-state.ts';

/** What happens in the Cloud, for whoever watches it. Never holds a token, key, secret or password. */
export type CloudEvent =
  | { kind: 'request'; method: string; path: string; status: number; address: string }
  | { kind: 'claimed'; id: string; hostname: string; again: boolean }
  | { kind: 'online'; id: string; mqttLevel: 4 | 5; address: string }
  | { kind: 'link-refused'; address: string }
  | { kind: 'reachable'; id: string; reachable: boolean }
  | { kind: 'node-instance'; id: string; nodeId: string }
  | { kind: 'will'; id: string }
  | { kind: 'offline'; id: string; reason: OfflineReason }
  | { kind: 'removed'; id: string }
  | { kind: 'message-ignored'; id: string; topic: string; why: string }
  | { kind: 'fault'; error: unknown };

export type OnCloudEvent = (event: CloudEvent) => void;
