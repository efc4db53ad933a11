// @ts-check
// The way of a node from its claim to its first data, out of its history.

/**
 * @typedef {object} HistoryRow
 * @property {string} at ISO 8601
 * @property {string} kind
 * @property {string} text
 *
 * @typedef {object} Step
 * @property {string} kind
 * @property {string} title
 * @property {'done' | 'waiting' | 'passed over'} state passed over: a later step was done without it
 * @property {number} [afterMilliseconds] since the step before that was done
 */

/**
 * Since the node was last claimed, or from the start when the claim is no longer in the history.
 * @param {readonly HistoryRow[]} history oldest first
 * @returns {{ steps: readonly Step[], totalMilliseconds: number, isDone: boolean }}
 */
export function stepsOf(history) {
  const claimed = history.findLastIndex(({ kind }) => kind === 'claimed');
  const rows = history.slice(Math.max(claimed, 0));
  const times = STEPS.map(({ kind }) => timeOf(rows, kind));
  const last = times.findLastIndex((time) => time !== undefined);
  const steps = STEPS.map(({ kind, title }, index) => {
    const time = times[index];
    if (time === undefined) return { kind, title, state: index < last ? PASSED_OVER : WAITING };
    const before = times.slice(0, index).findLast((earlier) => earlier !== undefined);
    return { kind, title, state: DONE, ...(before === undefined ? {} : { afterMilliseconds: Math.max(time - before, 0) }) };
  });
  const first = times.find((time) => time !== undefined) ?? 0;
  return { steps, totalMilliseconds: Math.max((times[last] ?? 0) - first, 0), isDone: last === STEPS.length - 1 };
}

/** @param {readonly HistoryRow[]} rows @param {string} kind */
function timeOf(rows, kind) {
  const row = rows.find((candidate) => candidate.kind === kind);
  return row === undefined ? undefined : Date.parse(row.at);
}

// Constants, so that TypeScript sees which of the states it is.
const DONE = /** @type {const} */ ('done');
const WAITING = /** @type {const} */ ('waiting');
const PASSED_OVER = /** @type {const} */ ('passed over');

const STEPS = [
  { kind: 'claimed', title: 'Claimed' },
  { kind: 'env-asked', title: 'First request: where to connect' },
  { kind: 'challenged', title: 'Challenge under its key' },
  { kind: 'password-given', title: 'Challenge solved, password given' },
  { kind: 'online', title: 'Online' },
  { kind: 'node-instance', title: 'Node id' },
  { kind: 'first-data', title: 'First data' },
];
