/**
 * Series to one number or a few: statistics, products, similarity.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";
import { type Json } from "../json.ts";
import { finiteNumbersOf, meanOf, numberOf, numbersOf, sumOf, varianceOf } from "./series.ts";

export const SERIES_SUMMARIES: readonly NativeFunction[] = [
  defineNative("series_stats", [["dynamic", "bool"], "dynamic"], ([series, ignore]) => {
    const stats = statsOf(series, ignore === true);
    if (stats === undefined) return null;
    const { min, max, mean, variance } = stats;
    return [min.value, min.at, max.value, max.at, mean, Math.sqrt(variance), variance];
  }),
  defineNative("series_stats_dynamic", [["dynamic", "bool"], "dynamic"], ([series, ignore]) => {
    const stats = statsOf(series, ignore === true);
    if (stats === undefined) return null;
    const { min, max, mean, variance, sum, length } = stats;
    return new Map<string, Json>([
      ["min", min.value],
      ["min_idx", min.at],
      ["max", max.value],
      ["max_idx", max.at],
      ["avg", mean],
      ["stdev", Math.sqrt(variance)],
      ["variance", variance],
      ["sum", sum],
      ["len", BigInt(length)],
    ]);
  }),
  defineNative("series_sum", [["dynamic"], "real"], ([series]) => {
    const numbers = numbersOf(series);
    return numbers === undefined ? null : absentIfNone(sumOf(numbers));
  }),
  defineNative("series_product", [["dynamic"], "real"], ([series]) => {
    const numbers = numbersOf(series);
    return absentIfNone(numbers?.reduce((product, number) => product * number, 1));
  }),
  defineNative("series_magnitude", [["dynamic"], "real"], ([series]) => {
    const numbers = numbersOf(series);
    return numbers === undefined ? null : absentIfNone(Math.sqrt(dot(numbers, numbers)!));
  }),
  defineNative(
    "series_dot_product",
    [["dynamic", "dynamic"], "real"],
    ([a, b]) => absentIfNone(dot(vectorOf(a, b), vectorOf(b, a))),
  ),
  defineNative(
    "series_cosine_similarity",
    [["dynamic", "dynamic", "real", "real"], "real"],
    ([a, b, lengthOfA, lengthOfB]) => {
      const [left, right] = [numbersOf(a), numbersOf(b)];
      const product = dot(left, right);
      if (product === undefined) return null;
      const size = (lengthOfA ?? Math.sqrt(dot(left, left)!)) *
        (lengthOfB ?? Math.sqrt(dot(right, right)!));
      return absentIfNone(product / size);
    },
  ),
  defineNative("series_pearson_correlation", [["dynamic", "dynamic"], "real"], ([a, b]) => {
    const [left, right] = [numbersOf(a), numbersOf(b)];
    if (left === undefined || right?.length !== left.length) return null;
    const [meanLeft, meanRight] = [meanOf(left), meanOf(right)];
    const shared = sumOf(left.map((value, i) => (value - meanLeft) * (right[i]! - meanRight)));
    const spread = Math.sqrt(varianceOf(left)) * Math.sqrt(varianceOf(right));
    return absentIfNone(shared / (left.length - 1) / spread);
  }),
];

interface Stats {
  readonly min: Extreme;
  readonly max: Extreme;
  readonly mean: number;
  /** Of a sample. */
  readonly variance: number;
  readonly sum: number;
  readonly length: number;
}

interface Extreme {
  readonly value: number;
  /** Place in the series, its first. */
  readonly at: bigint;
}

function statsOf(series: Json, ignoresNonFinite: boolean): Stats | undefined {
  const numbers = ignoresNonFinite ? numbersOf(series) : finiteNumbersOf(series);
  const finite = numbers?.filter((number) => Number.isFinite(number));
  if (numbers === undefined || finite === undefined || finite.length === 0) return undefined;
  const extreme = (value: number): Extreme => ({ value, at: BigInt(numbers.indexOf(value)) });
  return {
    min: extreme(finite.reduce((least, number) => Math.min(least, number))),
    max: extreme(finite.reduce((most, number) => Math.max(most, number))),
    mean: meanOf(finite),
    variance: varianceOf(finite),
    sum: sumOf(finite),
    length: finite.length,
  };
}

/** The numbers of `value`; one number stands for a vector as long as `other`. */
function vectorOf(value: Json, other: Json): Float64Array | undefined {
  const number = numberOf(value);
  if (number === undefined) return numbersOf(value);
  return numbersOf(other)?.fill(number);
}

/** Undefined if the vectors differ in length. */
function dot(a: Float64Array | undefined, b: Float64Array | undefined): number | undefined {
  if (a === undefined || b?.length !== a.length) return undefined;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function absentIfNone(number: number | undefined): number | null {
  return number === undefined || Number.isNaN(number) ? null : number;
}
