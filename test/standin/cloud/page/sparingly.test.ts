import { expect, it } from 'vitest';
import { sparingly } from '../../../../src/standin/cloud/page/sparingly.js';

function newClock() {
  const planned: { run: () => void; milliseconds: number }[] = [];
  const clock = {
    time: 0,
    planned,
    now: () => clock.time,
    later: (run: () => void, milliseconds: number) => void planned.push({ run, milliseconds }),
  };
  return clock;
}

it('takes a tenth of the time at most, and forgets nothing', async () => {
  const clock = newClock();
  let count = 0;
  const renew = sparingly(async () => {
    count += 1;
    clock.time += 100;
  }, clock);
  await renew();
  await renew();
  await renew();
  expect([count, clock.planned.map(({ milliseconds }) => milliseconds)]).toEqual([1, [900]]);
  clock.time += 900;
  clock.planned[0]?.run();
  expect(count).toBe(2);
});

it('does at once what is quick, and what is long enough ago', async () => {
  const clock = newClock();
  let count = 0;
  const renew = sparingly(async () => {
    count += 1;
  }, clock);
  await renew();
  await renew();
  expect([count, clock.planned]).toEqual([2, []]);
});
