/**
 * Series as trend, season and rest: `series_decompose`, `…_anomalies`, `…_forecast`,
 * `series_outliers`.
 *
 * The season is the median at each place of a period, the trend what is left of the learned part on
 * average or as a line, the baseline their sum.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";
import { NativeError } from "../native_error.ts";
import { lineOf, pointsOf } from "./fit.ts";
import { periodFor, seasonalOf } from "./periods.ts";
import { meanOf, numbersOf, percentileOf, realsOf } from "./series.ts";

const DETECTED = -1n;
const SEASONALITY_THRESHOLD = 0.6;
const ANOMALY_THRESHOLD = 1.5;
/**
 * How far an element lies outside of the percentiles is measured in this part of the range between
 * them: Tukey's own for quartiles; for deciles the one that Kusto's scores have.
 */
const KINDS: ReadonlyMap<string, { readonly percent: number; readonly part: number }> = new Map([
  ["tukey", { percent: 25, part: 1 }],
  ["ctukey", { percent: 10, part: 1 / 2.7726056055079 }],
]);

export const SERIES_DECOMPOSITIONS: readonly NativeFunction[] = [
  defineNative(
    "series_decompose",
    [["dynamic", "long", "string", "long", "real"], "dynamic"],
    ([series, seasonality, trend, testPoints, threshold]) => {
      const parts = decompose(numbersOf(series), { seasonality, trend, testPoints, threshold });
      if (parts === undefined) return null;
      return [parts.baseline, parts.seasonal, parts.trend, parts.rest].map(realsOf);
    },
  ),
  defineNative(
    "series_decompose_forecast",
    [["dynamic", "long", "long", "string", "real"], "dynamic"],
    ([series, testPoints, seasonality, trend, threshold]) => {
      const parts = decompose(numbersOf(series), { seasonality, trend, testPoints, threshold });
      if (parts === undefined) return null;
      return [parts.baseline, parts.seasonal, parts.trend, parts.rest].map(realsOf);
    },
  ),
  defineNative(
    "series_decompose_anomalies",
    [["dynamic", "real", "long", "string", "long", "string", "real"], "dynamic"],
    ([series, limit, seasonality, trend, testPoints, kind, threshold]) => {
      const parts = decompose(numbersOf(series), { seasonality, trend, testPoints, threshold });
      if (parts === undefined) return null;
      const scores = scoresOf(parts.rest, kind);
      const flags = scores.map((score) =>
        Math.abs(score) > (limit ?? ANOMALY_THRESHOLD) ? Math.sign(score) : 0
      );
      return [Array.from(flags, (flag) => BigInt(flag)), realsOf(scores), realsOf(parts.baseline)];
    },
  ),
  defineNative(
    "series_outliers",
    [["dynamic", "string", "real", "real", "real"], "dynamic"],
    ([series, kind, ignored, least, most]) => {
      if ((least ?? 10) !== 10 || (most ?? 90) !== 90) {
        throw new NativeError(
          `Cannot score outliers: percentiles are ${least} and ${most}, must be 10 and 90`,
        );
      }
      const numbers = numbersOf(series)?.map((number) => number === ignored ? NaN : number);
      return numbers === undefined ? null : realsOf(scoresOf(numbers, kind));
    },
  ),
];

interface DecomposeOptions {
  readonly seasonality: bigint | null;
  readonly trend: string;
  /** Elements at the end that nothing is learned from. */
  readonly testPoints: bigint | null;
  readonly threshold: number | null;
}

interface Parts {
  readonly baseline: Float64Array;
  readonly seasonal: Float64Array;
  readonly trend: Float64Array;
  readonly rest: Float64Array;
}

function decompose(
  numbers: Float64Array | undefined,
  options: DecomposeOptions,
): Parts | undefined {
  if (numbers === undefined) return undefined;
  const testPoints = Math.max(Number(options.testPoints ?? 0n), 0);
  const learned = numbers.subarray(0, Math.max(numbers.length - testPoints, 0));
  const threshold = options.threshold ?? SEASONALITY_THRESHOLD;
  const period = periodFor(learned, Number(options.seasonality ?? DETECTED), threshold);
  const seasonal = seasonalOf(learned, period, numbers.length);
  const left = learned.map((number, at) => number - seasonal[at]!);
  const trend = trendOf(left, options.trend, numbers.length);
  const baseline = seasonal.map((season, at) => season + trend[at]!);
  return { baseline, seasonal, trend, rest: numbers.map((number, at) => number - baseline[at]!) };
}

function trendOf(left: Float64Array, kind: string, length: number): Float64Array {
  const known = left.filter((number) => Number.isFinite(number));
  switch (kind) {
    case "none":
      return new Float64Array(length);
    case "":
    case "avg":
      return new Float64Array(length).fill(known.length === 0 ? 0 : meanOf(known));
    case "linefit": {
      if (known.length < 2) return new Float64Array(length);
      const mean = meanOf(known);
      return pointsOf(
        lineOf(left.map((number) => Number.isFinite(number) ? number : mean)),
        length,
      );
    }
    default:
      throw new NativeError(
        `Cannot decompose series: trend is "${kind}", must be "avg", "linefit" or "none"`,
      );
  }
}

/** 0 between the percentiles, then by how many parts of their range it lies above or below. */
function scoresOf(numbers: Float64Array, name: string): Float64Array {
  const kind = KINDS.get(name === "" ? "ctukey" : name);
  if (kind === undefined) {
    throw new NativeError(`Cannot score outliers: kind is "${name}", must be "tukey" or "ctukey"`);
  }
  const sorted = numbers.filter((number) => Number.isFinite(number)).toSorted();
  if (sorted.length === 0) return new Float64Array(numbers.length);
  const low = percentileOf(sorted, kind.percent);
  const high = percentileOf(sorted, 100 - kind.percent);
  const unit = (high - low) * kind.part;
  return numbers.map((number) => {
    if (!(number < low || number > high) || unit === 0) return 0;
    return (number - (number < low ? low : high)) / unit;
  });
}
