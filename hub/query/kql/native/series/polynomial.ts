/**
 * Series and the polynomials closest to them, by least squares.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";
import { NativeError } from "../native_error.ts";
import { finiteNumbersOf, realsOf, varianceOf } from "./series.ts";

/** Beyond it doubles hold no coefficients worth having. */
const MAX_DEGREE = 32n;

export const SERIES_POLYNOMIALS: readonly NativeFunction[] = [
  defineNative(
    "series_fit_poly",
    [["dynamic", "dynamic", "long"], "dynamic"],
    ([series, axis, order]) => {
      const degree = Number(degreeOf(order));
      const y = finiteNumbersOf(series);
      const x = axis === null ? y?.map((_, at) => at + 1) : finiteNumbersOf(axis);
      if (x === undefined || y === undefined || x.length !== y.length || y.length <= degree) {
        return null;
      }
      const { coefficients, points } = polynomialOf(x, y, degree);
      const [variance, rvariance] = [
        varianceOf(y),
        varianceOf(y.map((one, i) => one - points[i]!)),
      ];
      const rsquare = variance === 0 ? 1 : 1 - rvariance / variance;
      return [rsquare, realsOf(coefficients), variance, rvariance, realsOf(points)];
    },
  ),
];

function degreeOf(degree: bigint | null): bigint {
  if (degree === null) return 1n;
  if (degree >= 0n && degree <= MAX_DEGREE) return degree;
  throw new NativeError(
    `Cannot fit a polynomial: its degree is ${degree}, must be 0 to ${MAX_DEGREE}`,
  );
}

interface Polynomial {
  /** From the highest power to the lowest. */
  readonly coefficients: Float64Array;
  readonly points: Float64Array;
}

/** Fits it over -1 to 1, where powers stay apart, then gives its coefficients over `x`. */
function polynomialOf(x: Float64Array, y: Float64Array, degree: number): Polynomial {
  const { low, high } = x.reduce(
    (range, one) => ({ low: Math.min(range.low, one), high: Math.max(range.high, one) }),
    { low: Infinity, high: -Infinity },
  );
  const [center, half] = [(low + high) / 2, (high - low) / 2 || 1];
  const scaled = x.map((one) => (one - center) / half);
  const fitted = leastSquares(scaled, y, degree);
  const points = scaled.map((one) => fitted.reduceRight((sum, factor) => sum * one + factor, 0));
  return { coefficients: unscaled(fitted, center, half).reverse(), points };
}

/** Factors of the powers from 0 on, by Householder reflections of the powers of `x`. */
function leastSquares(x: Float64Array, y: Float64Array, degree: number): Float64Array {
  const columns = Array.from({ length: degree + 1 }, (_, power) => x.map((one) => one ** power));
  const rest = new Float64Array(y);
  for (const [at, column] of columns.entries()) {
    const mirror = reflection(column, at);
    for (const other of [...columns.slice(at), rest]) reflect(other, mirror, at);
  }
  const factors = new Float64Array(degree + 1);
  for (let row = degree; row >= 0; row--) {
    let sum = rest[row]!;
    for (let at = row + 1; at <= degree; at++) sum -= columns[at]![row]! * factors[at]!;
    const pivot = columns[row]![row]!;
    factors[row] = Math.abs(pivot) < 1e-12 ? 0 : sum / pivot;
  }
  return factors;
}

/** The mirror that leaves of `column` from `at` on its first number alone. */
function reflection(column: Float64Array, at: number): Float64Array {
  const mirror = column.map((one, row) => row < at ? 0 : one);
  const length = Math.sqrt(mirror.reduce((sum, one) => sum + one * one, 0));
  mirror[at]! += mirror[at]! < 0 ? -length : length;
  return mirror;
}

function reflect(column: Float64Array, mirror: Float64Array, from: number): void {
  let [across, along] = [0, 0];
  for (let row = from; row < column.length; row++) {
    across += mirror[row]! * column[row]!;
    along += mirror[row]! * mirror[row]!;
  }
  if (along === 0) return;
  for (let row = from; row < column.length; row++) {
    column[row]! -= 2 * across / along * mirror[row]!;
  }
}

/** The factors over `x` of a polynomial over `(x - center) / half`: Horner's scheme on polynomials. */
function unscaled(factors: Float64Array, center: number, half: number): Float64Array {
  const made = new Float64Array(factors.length);
  for (const factor of factors.toReversed()) {
    for (let power = made.length - 1; power >= 0; power--) {
      made[power] = ((power > 0 ? made[power - 1]! : 0) - center * made[power]!) / half;
    }
    made[0]! += factor;
  }
  return made;
}
