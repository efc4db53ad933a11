// @ts-check
// Times and durations, as people say them.

/**
 * How long something took: 12 ms, 1.3 s, 2 min 5 s.
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const minutes = Math.floor(milliseconds / 60_000);
  return `${minutes} min ${Math.round((milliseconds % 60_000) / 1000)} s`;
}

/**
 * How long ago, or in how long: 5 min ago, in 24 h, just now.
 * @param {string} at ISO 8601
 * @param {number} now
 */
export function fromNow(at, now) {
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const unit = UNITS.find(({ from }) => Math.abs(seconds) >= from);
  if (unit === undefined) return 'just now';
  const amount = `${Math.round(Math.abs(seconds) / unit.size)} ${unit.name}`;
  return seconds < 0 ? `${amount} ago` : `in ${amount}`;
}

const UNITS = [
  { from: 172_800, size: 86_400, name: 'days' },
  { from: 3600, size: 3600, name: 'h' },
  { from: 60, size: 60, name: 'min' },
  { from: 10, size: 1, name: 's' },
];
