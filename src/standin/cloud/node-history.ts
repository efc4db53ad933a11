import type { CloudEvent } from './cloud-event.ts';
import type { HistoryRow } from './store/history.ts';

/** What is kept of an event in the history of its node; undefined when it is of no node, or nothing to keep. */
export function historyRow(event: CloudEvent, at = new Date().toISOString()): { id: string; row: HistoryRow } | undefined {
  if (!('id' in event)) return undefined;
  const text = textOf(event);
  return text === undefined ? undefined : { id: event.id, row: { at, kind: event.kind, text } };
}

type NodeEvent = Extract<CloudEvent, { id: string }>;
type Sentences = { readonly [Kind in NodeEvent['kind']]?: (event: Extract<NodeEvent, { kind: Kind }>) => string };

function textOf(event: NodeEvent): string | undefined {
  // The row of a kind takes the events of this kind; TypeScript does not follow that through the table.
  const sentence = sentences[event.kind] as ((event: NodeEvent) => string) | undefined;
  return sentence?.(event);
}

const sentences: Sentences = {
  claimed: ({ again, hostname }) => (again ? `Claimed again as ${hostname}` : `Claimed as ${hostname}`),
  // Not proven to be the node: what proves it is the solved challenge.
  'env-asked': ({ address }) => `${address} asked with its claim id where to connect`,
  challenged: ({ address }) => `${address} asked with its claim id for a challenge`,
  'link-checked': ({ address, what }) =>
    `kickstart on ${address} checked its link: asked ${what === 'challenged' ? 'for a challenge' : 'where to connect'}`,
  'password-given': () => 'Solved the challenge, and got a password',
  online: ({ mqttLevel, address }) => `Online over secure WebSocket from ${address}, MQTT ${mqttLevel === 5 ? '5' : '3.1.1'}`,
  takeover: ({ address }) => `A new connection, from ${address}, took the place of the one before`,
  reachable: ({ reachable }) => (reachable ? 'Says that it can be reached' : 'Says that it cannot be reached'),
  'node-instance': ({ nodeId }) => `Got the node id ${nodeId}`,
  'first-data': ({ topic }) => `Sent its first data, to ${topic}`,
  will: () => 'Its connection ended without a goodbye, and its will was read',
  offline: ({ reason }) => `Offline: ${OFFLINE[reason]}`,
  query: ({ path, status }) => `Asked for ${path}: ${status === undefined ? 'no answer' : `answered with ${status}`}`,
  moved: ({ rooms }) => `Now in ${rooms.length === 1 ? 'one room' : `${rooms.length} rooms`}`,
  removed: () => 'Removed by an administrator',
};

const OFFLINE = {
  graceful: 'it said goodbye',
  will: 'the connection broke',
  timeout: 'nothing was heard of it for one and a half keepalives',
  closed: 'the connection was closed',
} as const;
