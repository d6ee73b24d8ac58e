/**
 * Series, element by element: arithmetic, comparisons, functions of one number.
 *
 * A missing or non-numeric element on either side gives an absent one; a number beside a series
 * stands for a series of it.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";
import { isArray, type Json } from "../json.ts";
import { numberOf } from "./series.ts";

type Whole = (a: bigint, b: bigint) => bigint;
type Real = (a: number, b: number) => number | boolean;

const ARITHMETIC: readonly (readonly [string, Real, Whole?])[] = [
  ["add", (a, b) => a + b, (a, b) => a + b],
  ["subtract", (a, b) => a - b, (a, b) => a - b],
  ["multiply", (a, b) => a * b, (a, b) => a * b],
  ["divide", (a, b) => a / b],
  ["pow", (a, b) => a ** b],
  ["equals", (a, b) => a === b],
  ["not_equals", (a, b) => a !== b],
  ["less", (a, b) => a < b],
  ["less_equals", (a, b) => a <= b],
  ["greater", (a, b) => a > b],
  ["greater_equals", (a, b) => a >= b],
];

/** Functions that leave whole numbers whole are given one for them. */
const FUNCTIONS: readonly (readonly [string, (a: number) => number, ((a: bigint) => bigint)?])[] = [
  ["abs", Math.abs, (a) => a < 0n ? -a : a],
  ["sign", Math.sign, (a) => a === 0n ? 0n : a < 0n ? -1n : 1n],
  ["ceiling", Math.ceil],
  ["floor", Math.floor],
  ["exp", Math.exp],
  ["log", Math.log],
  ["sin", Math.sin],
  ["cos", Math.cos],
  ["tan", Math.tan],
  ["asin", Math.asin],
  ["acos", Math.acos],
  ["atan", Math.atan],
];

export const SERIES_ELEMENTWISE: readonly NativeFunction[] = [
  ...ARITHMETIC.map(([name, real, whole]) =>
    defineNative(
      `series_${name}`,
      [["dynamic", "dynamic"], "dynamic"],
      ([a, b]) => pairwise([a, b], real, whole),
    )
  ),
  ...FUNCTIONS.map(([name, real, whole]) =>
    defineNative(
      `series_${name}`,
      [["dynamic"], "dynamic"],
      ([series]) => isArray(series) ? series.map((item) => applied(item, real, whole)) : null,
    )
  ),
];

function pairwise([a, b]: readonly [Json, Json], real: Real, whole: Whole | undefined): Json {
  if (!isArray(a) && !isArray(b)) return null;
  if (!isArray(a) && numberOf(a) === undefined) return null;
  if (!isArray(b) && numberOf(b) === undefined) return null;
  const length = Math.max(isArray(a) ? a.length : 0, isArray(b) ? b.length : 0);
  const at = (series: Json, i: number): Json => isArray(series) ? series[i] ?? null : series;
  return Array.from({ length }, (_, i) => combined([at(a, i), at(b, i)], real, whole));
}

function combined([a, b]: readonly [Json, Json], real: Real, whole: Whole | undefined): Json {
  if (whole !== undefined && typeof a === "bigint" && typeof b === "bigint") {
    return BigInt.asIntN(64, whole(a, b));
  }
  const [left, right] = [numberOf(a), numberOf(b)];
  return left === undefined || right === undefined ? null : real(left, right);
}

function applied(
  item: Json,
  real: (a: number) => number,
  whole: ((a: bigint) => bigint) | undefined,
): Json {
  if (whole !== undefined && typeof item === "bigint") return BigInt.asIntN(64, whole(item));
  const number = numberOf(item);
  return number === undefined ? null : real(number);
}
