import { expect, it } from 'vitest';
import { stepsOf } from '../../../../src/standin/cloud/page/steps.js';

function row(kind: string, seconds: number) {
  return { kind, at: new Date(Date.UTC(2026, 10, 21, 12) + seconds * 1000).toISOString(), text: kind };
}

it('tells each step of a node, and how long it took', () => {
  const { steps, totalMilliseconds, isDone } = stepsOf([
    ...[row('claimed', 0), row('env-asked', 2), row('challenged', 2.25), row('password-given', 2.5), row('online', 3)],
    ...[row('reachable', 3.1), row('node-instance', 3.2), row('first-data', 4)],
  ]);
  expect(steps.map(({ title, state, afterMilliseconds }) => [title, state, afterMilliseconds])).toEqual([
    ['Claimed', 'done', undefined],
    ['First request: where to connect', 'done', 2000],
    ['Challenge under its key', 'done', 250],
    ['Challenge solved, password given', 'done', 250],
    ['Online', 'done', 500],
    ['Node id', 'done', 200],
    ['First data', 'done', 800],
  ]);
  expect([totalMilliseconds, isDone]).toEqual([4000, true]);
});

it('waits for what has not come, and passes over what came without it', () => {
  const { steps, totalMilliseconds, isDone } = stepsOf([row('claimed', 0), row('challenged', 1), row('password-given', 2)]);
  expect(steps.map(({ state }) => state)).toEqual(['done', 'passed over', 'done', 'done', 'waiting', 'waiting', 'waiting']);
  expect([totalMilliseconds, isDone]).toEqual([2000, false]);
});

it('begins anew with the last claim', () => {
  const { steps } = stepsOf([row('claimed', 0), row('online', 1), row('offline', 2), row('claimed', 10), row('env-asked', 11)]);
  expect(steps.map(({ state }) => state).slice(0, 5)).toEqual(['done', 'done', 'waiting', 'waiting', 'waiting']);
});

it('waits for everything of a node that has no history', () => {
  expect(stepsOf([])).toMatchObject({ totalMilliseconds: 0, isDone: false });
});
