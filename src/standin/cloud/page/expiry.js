import { element, field } from './elements.js';

export function expiryField(id) {
  const options = EXPIRIES.map(({ hours, label }) => element('option', { value: hours, selected: hours === DEFAULT }, label));
  return field({ label: 'The token is good for', control: element('select', { id, name: 'expiry' }, ...options) });
}

/** ISO 8601; undefined for one without an end. */
export function expiresAt(hours, now) {
  return hours === '' ? undefined : new Date(now + Number(hours) * 3_600_000).toISOString();
}

const DEFAULT = '24';
const EXPIRIES = [
  { hours: '1', label: '1 hour' },
  { hours: DEFAULT, label: '24 hours' },
  { hours: '168', label: '7 days' },
  { hours: '', label: 'always, until it is revoked' },
];
