/**
 * Series through a filter: `series_fir`, `series_iir`.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";
import { NativeError } from "../native_error.ts";
import { numbersOf, realsOf, sumOf } from "./series.ts";

/** A filter is a constant of a query: bounds what a long one costs on a long series. */
const MAX_FILTER_LENGTH = 1024;

export const SERIES_FILTERS: readonly NativeFunction[] = [
  defineNative(
    "series_fir",
    [["dynamic", "dynamic", "bool", "bool"], "dynamic"],
    ([series, filter, normalize, center]) => {
      const [input, weights] = [numbersOf(series), filterOf(numbersOf(filter))];
      if (input === undefined || weights === undefined) return null;
      const hasNegative = weights.some((weight) => weight < 0);
      if (hasNegative && normalize === true) return null;
      const sum = hasNegative || normalize === false ? 1 : sumOf(weights);
      const shift = center === true ? Math.floor((weights.length - 1) / 2) : 0;
      return realsOf(input.map((_, at) => weighted(weights, input, at + shift) / sum));
    },
  ),
  defineNative(
    "series_iir",
    [["dynamic", "dynamic", "dynamic"], "dynamic"],
    ([series, numerators, denominators]) => {
      const [input, b] = [numbersOf(series), filterOf(numbersOf(numerators))];
      const a = filterOf(numbersOf(denominators));
      if (input === undefined || b === undefined || a === undefined || a[0] === 0) return null;
      const output = new Float64Array(input.length);
      const [first, feedback] = [a[0]!, Float64Array.of(0, ...a.subarray(1))];
      for (let at = 0; at < input.length; at++) {
        output[at] = (weighted(b, input, at) - weighted(feedback, output, at)) / first;
      }
      return realsOf(output);
    },
  ),
];

function filterOf(weights: Float64Array | undefined): Float64Array | undefined {
  if (weights === undefined || weights.length === 0) return undefined;
  if (weights.length > MAX_FILTER_LENGTH) {
    throw new NativeError(
      `Cannot filter series: ${weights.length} coefficients, must be at most ${MAX_FILTER_LENGTH}`,
    );
  }
  return weights;
}

/** Sum of `weights[j] * input[at - j]`; what lies outside of the series is 0. */
function weighted(weights: Float64Array, input: Float64Array, at: number): number {
  let sum = 0;
  for (let j = 0; j < weights.length; j++) sum += weights[j]! * (input[at - j] ?? 0);
  return sum;
}
