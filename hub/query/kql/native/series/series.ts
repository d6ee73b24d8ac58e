/**
 * Series: dynamic arrays of numbers.
 *
 * @module
 */
import { isArray, type Json } from "../json.ts";

const NAMED: ReadonlyMap<Json, number> = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

/** The number that `value` is; undefined if it is none. */
export function numberOf(value: Json | undefined): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "string" ? NAMED.get(value) : undefined;
}

/** The numbers of an array, not-a-number for what is none; undefined if `value` is no array. */
export function numbersOf(value: Json): Float64Array | undefined {
  if (!isArray(value)) return undefined;
  return Float64Array.from(value, (item) => numberOf(item) ?? NaN);
}

/** Like {@link numbersOf}, undefined also if one is not finite. */
export function finiteNumbersOf(value: Json): Float64Array | undefined {
  const numbers = numbersOf(value);
  return numbers?.every((number) => Number.isFinite(number)) === true ? numbers : undefined;
}

/** Reals; what is not a number is absent. */
export function realsOf(numbers: ArrayLike<number>): readonly Json[] {
  return Array.from(numbers, (number) => Number.isNaN(number) ? null : number);
}

export function sumOf(numbers: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]!;
  return sum;
}

export function meanOf(numbers: ArrayLike<number>): number {
  return sumOf(numbers) / numbers.length;
}

/** Sample variance; 0 of one number. */
export function varianceOf(numbers: ArrayLike<number>): number {
  const mean = meanOf(numbers);
  let squares = 0;
  for (let i = 0; i < numbers.length; i++) squares += (numbers[i]! - mean) ** 2;
  return numbers.length < 2 ? 0 : squares / (numbers.length - 1);
}

/** By linear interpolation in `sorted`, ascending; `percent` is 0 to 100. */
export function percentileOf(sorted: ArrayLike<number>, percent: number): number {
  const at = (sorted.length - 1) * percent / 100;
  const below = Math.floor(at);
  const low = sorted[below]!;
  return low + ((sorted[below + 1] ?? low) - low) * (at - below);
}
