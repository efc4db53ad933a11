import { defineConfig } from 'vitest/config';

// Two projects: `fast` is what `npm test` runs, in seconds and without root; `slow` runs real compilers, apt and daemons, one file at a time.
export default defineConfig({
  test: {
    // All processors: alone, vitest leaves one of them idle, and on a machine with two that doubles the time.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.slow.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'slow',
          include: ['test/**/*.slow.test.ts'],
          globalSetup: 'test/support/test-libraries.ts',
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
