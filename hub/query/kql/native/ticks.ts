/**
 * Ticks of 100 ns: since the Unix epoch here, since the year 1 in Windows.
 *
 * @module
 */

/** From the start of the year 1 to the Unix epoch. */
export const TICKS_TO_EPOCH = 621_355_968_000_000_000n;
