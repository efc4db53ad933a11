import { expect, it } from 'vitest';
import { capabilitiesText, stateOf, transportOf } from '../../../../src/standin/cloud/page/node-state.js';

const online = {
  state: 'online',
  since: '2026-11-21T12:00:00Z',
  transport: 'wss',
  mqttLevel: 5,
  address: '192.0.2.1',
  reachable: true,
};

it.each([
  [{ link: { state: 'never-connected' } }, 'Never connected'],
  [{ link: online }, 'Online'],
  [{ link: { ...online, reachable: false } }, 'Online, unreachable'],
  [{ link: { state: 'offline', reason: 'graceful' } }, 'Offline: it said goodbye'],
  [{ link: { state: 'offline', reason: 'will' } }, 'Offline: its connection broke'],
  [{ link: { state: 'offline', reason: 'timeout' } }, 'Offline: nothing was heard of it'],
  [{ link: { state: 'offline', reason: 'closed' } }, 'Offline: its connection was closed'],
  [{ link: { state: 'offline', reason: 'closed' }, removed: '2026-11-21T12:00:00Z' }, 'Removed'],
])('says of %j: %s', (node, label) => {
  expect(stateOf(node).label).toBe(label);
});

it('tells through what a node is linked, while it is', () => {
  expect(transportOf({ link: online })).toBe('MQTT 5 over secure WebSocket');
  expect(transportOf({ link: { ...online, mqttLevel: 4 } })).toBe('MQTT 3.1.1 over secure WebSocket');
  expect(transportOf({ link: { state: 'offline', reason: 'will' } })).toBe('');
});

it('lists what a node can do, and says what of it is off', () => {
  const capabilities = [
    { name: 'proto', version: 1, enabled: true },
    { name: 'ml', version: 0, enabled: false },
  ];
  expect(capabilitiesText(capabilities)).toBe('proto 1, ml 0 (off)');
  expect(capabilitiesText()).toBe('');
});
