/**
 * Series with holes: `series_fill_forward`, `…_backward`, `…_const`, `…_linear`.
 *
 * A hole is an absent element or, where given, one that equals the placeholder. The kind of the
 * elements stays: holes among whole numbers become whole numbers.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";
import { isArray, type Json } from "../json.ts";
import { numberOf } from "./series.ts";

export const SERIES_FILLS: readonly NativeFunction[] = [
  defineNative(
    "series_fill_forward",
    [["dynamic", "dynamic"], "dynamic"],
    ([series, hole]) => fillForward(series, hole),
  ),
  defineNative(
    "series_fill_backward",
    [["dynamic", "dynamic"], "dynamic"],
    ([series, hole]) =>
      isArray(series) ? fillForward(series.toReversed(), hole).toReversed() : null,
  ),
  defineNative(
    "series_fill_const",
    [["dynamic", "dynamic", "dynamic"], "dynamic"],
    ([series, constant, hole]) => fillConstant(series, constant, hole),
  ),
  defineNative(
    "series_fill_linear",
    [["dynamic", "dynamic", "bool", "dynamic"], "dynamic"],
    ([series, hole, hasEdges, constant]) =>
      isArray(series)
        ? fillLinear(series, { hole, hasEdges: hasEdges ?? true, constant: constant ?? 0n })
        : null,
  ),
];

function isHole(value: Json, hole: Json): boolean {
  if (hole === null) return value === null || Number.isNaN(numberOf(value));
  const number = numberOf(value);
  return number !== undefined && number === numberOf(hole);
}

function fillForward(series: readonly Json[], hole: Json): readonly Json[];
function fillForward(series: Json, hole: Json): Json;
function fillForward(series: Json, hole: Json): Json {
  if (!isArray(series)) return null;
  let last: Json | undefined;
  return series.map((value) => {
    if (isHole(value, hole)) return last ?? value;
    last = value;
    return value;
  });
}

function fillConstant(series: Json, constant: Json, hole: Json): Json {
  if (!isArray(series)) return null;
  const filling = ofKindOf(series, hole, constant);
  return series.map((value) => isHole(value, hole) ? filling : value);
}

/** `constant` as a whole number where all that `series` has are whole. */
function ofKindOf(series: readonly Json[], hole: Json, constant: Json): Json {
  const known = series.filter((value) => !isHole(value, hole));
  const areWhole = known.length > 0 && known.every((value) => typeof value === "bigint");
  if (areWhole && typeof constant === "number" && Number.isFinite(constant)) {
    return BigInt(Math.trunc(constant));
  }
  return constant;
}

interface LinearFill {
  readonly hole: Json;
  readonly hasEdges: boolean;
  /** What an array of holes becomes. */
  readonly constant: Json;
}

function fillLinear(series: readonly Json[], { hole, hasEdges, constant }: LinearFill): Json {
  const known = series.flatMap((value, at) => isHole(value, hole) ? [] : [at]);
  if (known.length === 0) return series.map(() => constant);
  const filled = [...series];
  const [first, last] = [known[0]!, known.at(-1)!];
  if (hasEdges) {
    filled.fill(series[first]!, 0, first);
    filled.fill(series[last]!, last + 1);
  }
  for (const [i, from] of known.slice(0, -1).entries()) {
    interpolate(filled, from, known[i + 1]!);
  }
  return filled;
}

/** Fills what lies between the places `from` and `to`. */
function interpolate(filled: Json[], from: number, to: number): void {
  const [low, high] = [numberOf(filled[from]), numberOf(filled[to])];
  if (low === undefined || high === undefined) return;
  const areWhole = typeof filled[from] === "bigint" && typeof filled[to] === "bigint";
  const step = (high - low) / (to - from);
  for (let at = from + 1; at < to; at++) {
    const value = low + step * (at - from);
    filled[at] = areWhole ? BigInt(Math.trunc(value)) : value;
  }
}
