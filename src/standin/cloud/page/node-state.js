// The state of a node in words.
import { element } from './elements.js';
import { time } from './messages.js';

/** A mark and words: never a colour alone. */
export function stateBadge(node) {
  const { kind, label } = stateOf(node);
  return element('span', { class: `state ${kind}` }, label);
}

/** Since when it is so. */
export function since({ removed, link, claimedAt }) {
  return time(removed ?? link.since ?? claimedAt);
}

/** @param {{ removed?: string, link: any }} node */
export function stateOf({ removed, link }) {
  if (removed !== undefined) return { kind: 'removed', label: 'Removed' };
  if (link.state === 'never-connected') return { kind: 'waiting', label: 'Never connected' };
  if (link.state === 'offline') return { kind: 'offline', label: `Offline: ${OFFLINE[link.reason] ?? link.reason}` };
  return link.reachable ? { kind: 'online', label: 'Online' } : { kind: 'unreachable', label: 'Online, unreachable' };
}

/** How it is linked: secure WebSocket, MQTT 5. Empty when it is not. */
export function transportOf({ link }) {
  if (link.state !== 'online') return '';
  const mqtt = link.mqttLevel === 5 ? 'MQTT 5' : link.mqttLevel === 4 ? 'MQTT 3.1.1' : 'MQTT';
  return `${mqtt} over ${TRANSPORTS[link.transport] ?? link.transport}`;
}

/**
 * What it can do, with the version of each: proto 1, ctx 1, ml 0 (off).
 * @param {readonly { name: string, version: number, enabled: boolean }[]} capabilities
 */
export function capabilitiesText(capabilities = []) {
  return capabilities.map(({ name, version, enabled }) => `${name} ${version}${enabled ? '' : ' (off)'}`).join(', ');
}

const TRANSPORTS = { wss: 'secure WebSocket' };
const OFFLINE = {
  graceful: 'it said goodbye',
  will: 'its connection broke',
  timeout: 'nothing was heard of it',
  closed: 'its connection was closed',
};
