/**
 * Series with holes: `series_fill_*`.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "./define.ts";
import { isArray, type Json } from "./json.ts";

export const SERIES_FILLS: readonly NativeFunction[] = [
  defineNative("series_fill_forward", [["dynamic", "dynamic"], "dynamic"], fillForward),
];

/** Each hole (null, or `hole` where given) becomes the last value before it. */
function fillForward(series: Json, hole: Json): Json {
  if (!isArray(series)) return null;
  let last = hole;
  return series.map((value) => {
    if (value !== hole && value !== null) last = value;
    return value === hole ? last : value;
  });
}
