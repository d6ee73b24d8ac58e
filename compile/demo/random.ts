/**
 * Numbers that look random and are the same for the same seed: mulberry32.
 *
 * @module
 */

export interface Random {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  /** One of `items`, which must have one. */
  pick<T>(items: readonly T[]): T;
}

/** Gives the numbers of `seed`. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return {
    below,
    pick<T>(items: readonly T[]): T {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError("Cannot pick from an empty list");
      return item;
    },
  };
}
