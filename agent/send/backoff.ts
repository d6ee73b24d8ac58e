/**
 * How long to wait before the next try: doubling, with jitter, so that agents do not come in step.
 *
 * @module
 */

const FIRST_MS = 500;
/** Longest wait that the agent takes by itself, in ms. */
export const MOST_MS = 60_000;

/**
 * Wait in ms before try `attempt` (0 is the first after a failure), at least `leastMs` where the
 * hub asked for it. `unit` is a random number from 0 to 1; half of the wait is jitter.
 */
export function backoffMs(attempt: number, unit: number, leastMs = 0): number {
  const full = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 20));
  return Math.round(Math.max(leastMs, full / 2) + unit * full / 2);
}
