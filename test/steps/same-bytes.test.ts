import { array, asyncProperty, nat, assert as propertyHolds, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { sameBytes } from '../../src/steps/same-bytes.ts';

async function* cut(bytes: Uint8Array, at: readonly number[]) {
  const places = [...at.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((left, right) => left - right);
  let start = 0;
  for (const place of places) {
    yield bytes.subarray(start, place);
    start = place;
  }
}

const cuts = array(nat(), { maxLength: 4 });

it('says the same for every way in which two streams can be cut', () =>
  propertyHolds(
    asyncProperty(uint8Array(), cuts, cuts, async (bytes, left, right) => sameBytes(cut(bytes, left), cut(bytes, right))),
  ));

it('sees every difference', () =>
  propertyHolds(
    asyncProperty(uint8Array(), uint8Array(), cuts, cuts, async (left, right, leftCuts, rightCuts) => {
      return (await sameBytes(cut(left, leftCuts), cut(right, rightCuts))) === (Buffer.compare(left, right) === 0);
    }),
  ));

it('closes the other stream at the first difference', async () => {
  let closed = false;
  async function* endless() {
    try {
      for (;;) yield Uint8Array.of(1);
    } finally {
      closed = true;
    }
  }
  expect(await sameBytes(cut(Uint8Array.of(2), []), endless())).toBe(false);
  expect(closed).toBe(true);
});
