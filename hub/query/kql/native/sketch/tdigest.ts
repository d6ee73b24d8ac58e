/**
 * t-digests: `tdigest`, `merge_tdigest`, `percentile_tdigest`, `percentiles_array_tdigest`,
 * `rank_tdigest`, `percentrank_tdigest`; and percentiles of weighted values.
 *
 * A digest is `[[7], values, weights]` as in Kusto. Up to 1,024 different values are kept as they
 * are, so that percentiles are exact; more are merged, least at both ends (Dunning and Ertl, merging
 * digest, scale k1): a percentile is then off by under 0.5 % of the rows, under 0.01 % at the ends.
 *
 * @module
 */
import { defineNative, defineVariadic, type NativeFunction } from "../define.ts";
import { isArray, type Json } from "../json.ts";
import { NativeError } from "../native_error.ts";
import { numberOf } from "../series/series.ts";

const VERSION = 7n;
const MAX_EXACT = 1024;
/** Merged values are at most twice as many. */
const COMPRESSION = 500;

export const TDIGESTS: readonly NativeFunction[] = [
  defineNative("tdigest", [["dynamic"], "dynamic"], ([values]) => digestJson(valuesOf(values))),
  defineNative(
    "merge_tdigests",
    [["dynamic"], "dynamic"],
    ([digests]) =>
      isArray(digests) ? digestJson(digests.flatMap((digest) => readDigest(digest))) : null,
  ),
  defineVariadic(
    "merge_tdigest",
    [[], "dynamic", "dynamic"],
    (_none, digests) => digestJson(digests.flatMap((digest) => readDigest(digest))),
  ),
  defineNative(
    "percentile_tdigest",
    [["dynamic", "real"], "dynamic"],
    ([digest, percent]) => percent === null ? null : percentileOf(readDigest(digest), percent),
  ),
  defineVariadic(
    "percentiles_array_tdigest",
    [["dynamic"], "dynamic", "dynamic"],
    ([digest], percents) => {
      const points = readDigest(digest);
      return numbersIn(percents).map((percent) => percentileOf(points, percent));
    },
  ),
  defineVariadic(
    "percentiles_weighted",
    [["dynamic"], "dynamic", "dynamic"],
    ([pairs], percents) => {
      const points = merged(valuesOf(pairs));
      return points.length === 0
        ? null
        : numbersIn(percents).map((percent) => percentileOf(points, percent));
    },
  ),
  defineNative("rank_tdigest", [["dynamic", "real"], "real"], ([digest, value]) => {
    const points = readDigest(digest);
    return value === null || points.length === 0 ? null : rankOf(points, value);
  }),
  defineNative("percentrank_tdigest", [["dynamic", "real"], "real"], ([digest, value]) => {
    const points = readDigest(digest);
    if (value === null || points.length === 0) return null;
    return rankOf(points, value) * 100 / weightOf(points);
  }),
];

/** Some rows of about one value. */
interface Point {
  /** As it was given where it stands for itself alone. */
  readonly value: Json;
  readonly number: number;
  readonly weight: number;
}

/** Numbers, or pairs of a number and how often it counts. */
function valuesOf(values: Json): readonly Point[] {
  if (!isArray(values)) return [];
  return values.flatMap((item) => {
    const [value, weight] = isArray(item) ? [item[0] ?? null, numberOf(item[1])] : [item, 1];
    const number = numberOf(value);
    return number === undefined || Number.isNaN(number) || weight === undefined || weight <= 0
      ? []
      : [{ value, number, weight }];
  });
}

function readDigest(digest: Json): readonly Point[] {
  if (digest === null) return [];
  const [, values, weights] = isArray(digest) ? digest : [];
  if (
    values === undefined || weights === undefined || !isArray(values) || !isArray(weights) ||
    values.length !== weights.length
  ) throw new NativeError("Cannot read t-digest: the value is none");
  return valuesOf(values.map((value, i) => [value, weights[i] ?? null]));
}

function digestJson(points: readonly Point[]): Json {
  if (points.length === 0) return null;
  const kept = compressed(merged(points));
  return [
    [VERSION],
    kept.map(({ value }) => value),
    kept.map(({ weight }) => Number.isInteger(weight) ? BigInt(weight) : weight),
  ];
}

/** In ascending order, each value once. */
function merged(points: readonly Point[]): readonly Point[] {
  const kept: Point[] = [];
  for (const point of points.toSorted((a, b) => a.number - b.number)) {
    const last = kept.at(-1);
    if (last?.number !== point.number) kept.push(point);
    else kept[kept.length - 1] = { ...last, weight: last.weight + point.weight };
  }
  return kept;
}

function compressed(points: readonly Point[]): readonly Point[] {
  if (points.length <= MAX_EXACT) return points;
  const total = weightOf(points);
  const kept: Point[] = [];
  let [before, open] = [0, points[0]!];
  for (const point of points.slice(1)) {
    const isOne = scale((before + open.weight + point.weight) / total) - scale(before / total) <= 1;
    if (isOne) open = joined(open, point);
    else {
      kept.push(open);
      before += open.weight;
      open = point;
    }
  }
  return [...kept, open];
}

/** Grows fastest at both ends: what lies there stays apart. */
function scale(part: number): number {
  return COMPRESSION / (2 * Math.PI) * Math.asin(2 * Math.min(part, 1) - 1);
}

function joined(a: Point, b: Point): Point {
  const weight = a.weight + b.weight;
  const number = a.number + (b.number - a.number) * b.weight / weight;
  return { value: number, number, weight };
}

function weightOf(points: readonly Point[]): number {
  return points.reduce((sum, { weight }) => sum + weight, 0);
}

/** The least value that so many percent of the rows do not pass. */
function percentileOf(points: readonly Point[], percent: number): Json {
  const wanted = weightOf(points) * Math.min(Math.max(percent, 0), 100) / 100;
  let sum = 0;
  for (const { value, weight } of points) {
    sum += weight;
    if (sum >= wanted) return value;
  }
  return points.at(-1)?.value ?? null;
}

/** The number of rows that do not pass `value`. */
function rankOf(points: readonly Point[], value: number): number {
  return points.reduce((sum, { number, weight }) => number <= value ? sum + weight : sum, 0);
}

/** Numbers among the arguments and within arrays of them. */
function numbersIn(values: readonly Json[]): readonly number[] {
  return values.flatMap((value): readonly Json[] => isArray(value) ? value : [value])
    .flatMap((value) => numberOf(value) ?? []);
}
