// @ts-check

/**
 * `renew`, but so that it takes a tenth of the time at most: with thousands of nodes, a list that is asked for at every event would
 * keep the Cloud from its work. What comes too soon is done once, later.
 * @param {() => Promise<void>} renew
 * @param {{ now(): number, later(run: () => void, milliseconds: number): void }} [clock]
 * @returns {() => Promise<void>}
 */
export function sparingly(renew, clock = REAL_CLOCK) {
  let freeAt = 0;
  let isPlanned = false;

  async function run() {
    const startedAt = clock.now();
    try {
      await renew();
    } finally {
      freeAt = clock.now() + 9 * (clock.now() - startedAt);
    }
  }

  return async () => {
    if (isPlanned) return;
    const wait = freeAt - clock.now();
    if (wait <= 0) return run();
    isPlanned = true;
    clock.later(() => {
      isPlanned = false;
      run().catch(() => undefined); // the next event tries again, and tells
    }, wait);
  };
}

const REAL_CLOCK = {
  now: () => Date.now(),
  /** @param {() => void} run @param {number} milliseconds */
  later: (run, milliseconds) => void setTimeout(run, milliseconds),
};
