import { expect, test } from 'vitest';
import { buildParallelism } from '../../src/plan/build-parallelism.ts';

const mebibytes = 1024 ** 2;

test.each([
  ['two cores build two of three libraries at once', 2, 4096, 3, { atOnce: 2, jobs: 1 }],
  ['eight cores build all three, with two jobs each', 8, 16_384, 3, { atOnce: 3, jobs: 2 }],
  ['one build gets all cores', 8, 16_384, 1, { atOnce: 1, jobs: 8 }],
  ['little memory is worth less than many cores', 8, 600, 3, { atOnce: 2, jobs: 1 }],
  ['memory for less than one job still builds', 4, 100, 3, { atOnce: 1, jobs: 1 }],
  ['memory that is not known builds one after the other', 4, 0, 3, { atOnce: 1, jobs: 1 }],
])('%s', (_sentence, cores, memory, builds, expected) => {
  expect(buildParallelism({ cores, memoryBytes: memory * mebibytes }, builds)).toEqual(expected);
});
