/**
 * Numbers that look random and are the same for the same seed on every machine.
 *
 * @module
 */

/** Gives numbers from 0 up to but not 1 (xorshift32 after Marsaglia 2003, two steps a number). */
export type Random = () => number;

/** Makes a source of numbers; `seed` is a whole number below 2^32. */
export function seeded(seed: number): Random {
  // All zeros would stay zeros; multiplying spreads small seeds.
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 0) || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let i = 0; i < 8; i++) next();
  return () => ((next() >>> 6) * 2 ** 26 + (next() >>> 6)) / 2 ** 52;
}

/** `count` different ones of `list`, all of them if there are fewer; in random order. */
export function sample<T>(list: readonly T[], count: number, random: Random): T[] {
  const left = [...list];
  const end = Math.min(count, left.length);
  for (let i = 0; i < end; i++) {
    const at = i + Math.floor(random() * (left.length - i));
    [left[i], left[at]] = [left[at]!, left[i]!];
  }
  return left.slice(0, end);
}
