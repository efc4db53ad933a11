import { defineConfig } from 'vitest/config';
import { keptResults } from './scripts/kept-results.mjs';

const { KICKSTART_RESULTS: results } = process.env;

// Two projects: `fast` is what `npm test` runs, in seconds and without root; `slow` runs real compilers, apt and daemons, one file at a time.
// Limits guard against hanging, not against a busy machine.
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
      {
        test: {
          name: 'slow',
          include: ['test/**/*.slow.test.ts'],
          globalSetup: 'test/support/test-libraries.ts',
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
        },
      },
    ],
  },
});
