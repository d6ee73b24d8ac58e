/**
 * A bound for what judging one event may cost: in steps and not in time, so that the same event is
 * judged, or not, on every host and beside whatever other events.
 *
 * @module
 */
import { FreeTextError } from "./free_text.ts";
import type { Spend } from "./identities.ts";

/**
 * A step is a byte of a text that has its own row, or of a value that is compared with a text. What
 * is done to such a byte is bounded elsewhere: rounds, layers, lengths of texts.
 */
const MOST_STEPS = 8 * 1024 * 1024;

/** Counts the steps of each of `rows` events; it throws where one has taken too many. */
export function eventWork(rows: number): Spend {
  const spent = new Float64Array(rows);
  return (row, steps) => {
    spent[row]! += steps;
    if (spent[row]! <= MOST_STEPS) return;
    throw new FreeTextError(
      "over-budget",
      `Cannot scrub event: it takes more than ${MOST_STEPS} steps`,
    );
  };
}
