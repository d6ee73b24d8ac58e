/**
 * Series that repeat: `series_periods_detect`, `series_periods_validate`, `series_seasonal`.
 *
 * The score of a period is the autocorrelation at it of the series without its linear trend, times
 * the root of the part of the series that has a repetition: 0 to 1. (Kusto does not publish its own
 * measure: its periods are the same, its scores differ a little.)
 *
 * @module
 */
import { defineNative, defineVariadic, type NativeFunction } from "../define.ts";
import type { Json } from "../json.ts";
import { NativeError } from "../native_error.ts";
import { lineOf, pointsOf } from "./fit.ts";
import { inverse, transform } from "./fourier.ts";
import { finiteNumbersOf, numbersOf, percentileOf, realsOf } from "./series.ts";

const LEAST_PERIOD = 4;
const MAX_PERIODS = 16;
/** Lower peaks are chance. */
const LEAST_SCORE = 0.3;
const SEASONAL_THRESHOLD = 0.7;
/** What rounding leaves of a series that is a line. */
const NO_POWER = 1e-12;
/** A period this near to a multiple of a better one is the same. */
const MULTIPLE_TOLERANCE = 0.2;

export const SERIES_PERIODS: readonly NativeFunction[] = [
  defineNative(
    "series_periods_detect",
    [["dynamic", "real", "real", "long"], "dynamic"],
    ([series, least, most, count]) => {
      const numbers = finiteNumbersOf(series);
      if (numbers === undefined) return null;
      const length = Math.min(Math.max(Number(count ?? 1n), 0), MAX_PERIODS);
      const found = periodsOf(numbers).filter(({ period }) =>
        period >= (least ?? 0) && period <= (most ?? Infinity)
      );
      const column = (of: "period" | "score"): Json =>
        Array.from({ length }, (_, i) => found[i]?.[of] ?? 0);
      return [column("period"), column("score")];
    },
  ),
  defineVariadic(
    "series_periods_validate",
    [["dynamic"], "real", "dynamic"],
    ([series], periods) => validate(series, periods),
  ),
  defineNative("series_seasonal", [["dynamic", "long"], "dynamic"], ([series, period]) => {
    const numbers = numbersOf(series);
    if (numbers === undefined) return null;
    return realsOf(
      seasonalOf(numbers, periodFor(numbers, Number(period ?? -1n), SEASONAL_THRESHOLD)),
    );
  }),
];

function validate(series: Json, periods: readonly (number | null)[]): Json {
  if (periods.length > MAX_PERIODS) {
    throw new NativeError(
      `Cannot validate periods: there are ${periods.length}, must be at most ${MAX_PERIODS}`,
    );
  }
  const numbers = finiteNumbersOf(series);
  if (numbers === undefined) return null;
  const scores = scoresOf(numbers);
  const isPossible = (period: number): boolean =>
    period >= LEAST_PERIOD && period <= numbers.length / 2;
  return [
    periods,
    periods.map((period) => {
      const score = period !== null && isPossible(period) ? scores[Math.round(period)]! : 0;
      return score > LEAST_SCORE ? score : 0;
    }),
  ];
}

/**
 * The period to use: `wanted`, or for -1 the best one that scores over `threshold`; 0 is none.
 */
export function periodFor(numbers: Float64Array, wanted: number, threshold: number): number {
  if (wanted >= 0) return wanted;
  const [best] = periodsOf(numbers.map((number) => Number.isFinite(number) ? number : 0));
  return best !== undefined && best.score >= threshold ? best.period : 0;
}

/** The median of what stands at the same place of each period; zeros without a period. */
export function seasonalOf(
  numbers: Float64Array,
  period: number,
  length = numbers.length,
): Float64Array {
  if (period <= 0) return new Float64Array(length);
  const medians = Float64Array.from({ length: Math.min(period, length) }, (_, place) => {
    const same: number[] = [];
    for (let at = place; at < numbers.length; at += period) same.push(numbers[at]!);
    const known = same.filter((number) => Number.isFinite(number)).toSorted((a, b) => a - b);
    return known.length === 0 ? 0 : percentileOf(known, 50);
  });
  return Float64Array.from({ length }, (_, at) => medians[at % period]!);
}

interface Period {
  readonly period: number;
  readonly score: number;
}

/** Best first. */
function periodsOf(numbers: Float64Array): readonly Period[] {
  const scores = scoresOf(numbers);
  const peaks: Period[] = [];
  for (let period = LEAST_PERIOD; 2 * period < numbers.length; period++) {
    const score = scores[period]!;
    const isPeak = score >= scores[period - 1]! && score >= (scores[period + 1] ?? -1);
    if (isPeak && score > LEAST_SCORE) peaks.push({ period, score });
  }
  const found: Period[] = [];
  for (const peak of peaks.toSorted((a, b) => b.score - a.score)) {
    if (found.length === MAX_PERIODS) break;
    if (!found.some((better) => isMultiple(peak.period, better.period))) found.push(peak);
  }
  return found;
}

function isMultiple(period: number, of: number): boolean {
  const times = Math.round(period / of);
  return times >= 1 && Math.abs(period / of - times) < MULTIPLE_TOLERANCE;
}

/** The score of each lag, by the transform of the power spectrum (Wiener–Khinchin). */
function scoresOf(numbers: Float64Array): Float64Array {
  if (numbers.length < 2) return new Float64Array(numbers.length);
  const points = pointsOf(lineOf(numbers), numbers.length);
  let size = 1;
  while (size < 2 * numbers.length) size *= 2;
  const padded = { real: new Float64Array(size), imaginary: new Float64Array(size) };
  for (const [at, number] of numbers.entries()) padded.real[at] = number - points[at]!;
  const { real, imaginary } = transform(padded);
  const power = real.map((re, i) => re * re + imaginary[i]! * imaginary[i]!);
  const lags = inverse({ real: power, imaginary: new Float64Array(size) }).real;
  const whole = lags[0]!;
  if (whole < NO_POWER) return new Float64Array(numbers.length);
  return lags.subarray(0, numbers.length).map((value, lag) =>
    Math.min(value / whole / Math.sqrt((numbers.length - lag) / numbers.length), 1)
  );
}
