/**
 * What `make-series` puts together: values in their places.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "./define.ts";
import { isArray, type Json } from "./json.ts";
import { NativeError } from "./native_error.ts";

/** Most values of one series. */
const MAX_VALUES = 1_048_576n;

export const MADE_SERIES: readonly NativeFunction[] = [
  defineNative(
    "make_series",
    [["dynamic", "long", "long", "dynamic"], "dynamic"],
    ([pairs, first, count, otherwise]) => {
      const length = lengthOf(count);
      const values = Array.from({ length }, (): Json => otherwise);
      for (const pair of isArray(pairs) ? pairs : []) {
        if (!isArray(pair)) continue;
        const at = Number(pair[0]) - Number(first ?? 0n);
        if (at >= 0 && at < length) values[at] = pair[1] ?? null;
      }
      return values;
    },
  ),
];

function lengthOf(count: bigint | null): number {
  if (count !== null && count > MAX_VALUES) {
    throw new NativeError(`Cannot make series: it has ${count} values, at most ${MAX_VALUES}`);
  }
  return Math.max(0, Number(count ?? 0n));
}
