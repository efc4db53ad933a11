import { defineConfig } from 'vitest/config';
import { keptResults } from './scripts/kept-results.mjs';

const { KICKSTART_RESULTS: results } = process.env;

// They measure, or take all that there is: what runs beside them would decide what they see.
const alone = ['test/standin/cloud/load.slow.test.ts', 'test/standin/cloud/fuzz.slow.test.ts'];

const slow = {
  globalSetup: 'test/support/test-libraries.ts',
  // These limits guard against hanging, not against a busy machine.
  testTimeout: 1_200_000,
  hookTimeout: 1_200_000,
};

// `fast` is what `npm test` runs, in seconds and without root; `slow` runs real compilers, apt and daemons, each file on machines of its own.
export default defineConfig({
  test: {
    reporters: results === undefined ? ['default'] : ['default', keptResults(results)],
    // All processors: alone, vitest leaves one of them idle, and on a machine with two that doubles the time.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.slow.test.ts'],
          sequence: { groupOrder: 0 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: 'slow', include: ['test/**/*.slow.test.ts'], exclude: alone, sequence: { groupOrder: 1 }, ...slow } },
      { test: { name: 'alone', include: alone, fileParallelism: false, sequence: { groupOrder: 2 }, ...slow } },
    ],
  },
});
