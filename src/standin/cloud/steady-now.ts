/** Milliseconds of a clock that nobody sets: for how long something takes or lasts. What outlives the process needs the time of day. */
export function steadyNow(): number {
  return performance.now();
}
