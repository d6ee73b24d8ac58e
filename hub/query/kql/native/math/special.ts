/**
 * Special functions: `gamma`, `loggamma`, `erf`, `erfc`, `beta_cdf`, `beta_inv`, `beta_pdf`,
 * `welch_test`, `bitset_count_ones`.
 *
 * Abramowitz and Stegun, chapters 6, 7 and 26; the continued fractions by Lentz's method.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";

/** Lanczos' approximation, g = 7, n = 9. */
const LANCZOS = [
  0.99999999999980993,
  676.5203681218851,
  -1259.1392167224028,
  771.32342877765313,
  -176.61502916214059,
  12.507343278686905,
  -0.13857109526572012,
  9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;
const MAX_STEPS = 500;
const TINY = 1e-300;
const PRECISION = 1e-16;
/** Bits of a real: so many halvings find any. */
const HALVINGS = 200;

export const SPECIAL_FUNCTIONS: readonly NativeFunction[] = [
  defineNative("gamma", [["real"], "real"], ([x]) => x === null ? null : gamma(x)),
  defineNative("loggamma", [["real"], "real"], ([x]) => x === null ? null : logGamma(x)),
  defineNative("erf", [["real"], "real"], ([x]) => x === null ? null : erf(x)),
  defineNative("erfc", [["real"], "real"], ([x]) => x === null ? null : erfc(x)),
  defineNative(
    "beta_cdf",
    [["real", "real", "real"], "real"],
    ([x, a, b]) => x === null || a === null || b === null ? null : betaCdf(x, a, b),
  ),
  defineNative(
    "beta_inv",
    [["real", "real", "real"], "real"],
    ([p, a, b]) => p === null || a === null || b === null ? null : betaInverse(p, a, b),
  ),
  defineNative(
    "beta_pdf",
    [["real", "real", "real"], "real"],
    ([x, a, b]) => x === null || a === null || b === null ? null : betaDensity(x, a, b),
  ),
  defineNative(
    "welch_test",
    [["real", "real", "real", "real", "real", "real"], "real"],
    (args) => {
      const [mean1, variance1, count1, mean2, variance2, count2] = args.map((arg) => arg ?? NaN);
      return welch(
        { mean: mean1!, variance: variance1!, count: count1! },
        { mean: mean2!, variance: variance2!, count: count2! },
      );
    },
  ),
  defineNative("bitset_count_ones", [["long"], "long"], ([bits]) => {
    if (bits === null) return null;
    return BigInt(BigInt.asUintN(64, bits).toString(2).replaceAll("0", "").length);
  }),
];

/** Sum of Lanczos' series for the gamma function of `x + 1`, and what it is multiplied with. */
function lanczos(x: number): { readonly sum: number; readonly t: number } {
  const sum = LANCZOS.reduce((total, c, i) => i === 0 ? c : total + c / (x + i), 0);
  return { sum, t: x + LANCZOS.length - 1.5 };
}

function gamma(x: number): number {
  if (x === Infinity) return Infinity;
  if (Number.isInteger(x)) {
    if (x <= 0) return NaN;
    if (x > 171) return Infinity;
    return Array.from({ length: x - 1 }, (_, i) => i + 1).reduce((product, i) => product * i, 1);
  }
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  const { sum, t } = lanczos(x - 1);
  // In two halves: the power alone passes the range of a real first.
  const half = t ** ((x - 0.5) / 2);
  return Math.sqrt(2 * Math.PI) * half * Math.exp(-t) * half * sum;
}

function logGamma(x: number): number {
  if (x <= 0 && Number.isInteger(x)) return NaN;
  if (x === 1 || x === 2) return 0;
  if (x < 0.5) {
    return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  }
  const { sum, t } = lanczos(x - 1);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** A&S 7.1.6: a series without cancellation. */
function erf(x: number): number {
  if (Math.abs(x) > 3) return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
  let term = x;
  let sum = x;
  for (let n = 1; n < MAX_STEPS && Math.abs(term) > PRECISION * Math.abs(sum); n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}

/** A&S 7.1.14. */
function erfc(x: number): number {
  if (x < 2) return 1 - erf(x);
  if (x > 27) return 0;
  let fraction = x;
  for (let n = 120; n >= 1; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

/** Also of shapes whose sum is no real. */
function isOutside(x: number, a: number, b: number): boolean {
  return !(x >= 0 && x <= 1 && a > 0 && b > 0 && a + b < Infinity);
}

function betaDensity(x: number, a: number, b: number): number {
  if (isOutside(x, a, b)) return NaN;
  const scale = logGamma(a + b) - logGamma(a) - logGamma(b);
  const log = (base: number, power: number): number => power === 0 ? 0 : power * Math.log(base);
  return Math.exp(scale + log(x, a - 1) + log(1 - x, b - 1));
}

/** The regularised incomplete beta function. */
function betaCdf(x: number, a: number, b: number): number {
  if (isOutside(x, a, b)) return NaN;
  if (x === 0 || x === 1) return x;
  // The fraction is quick below the mean only.
  return x > (a + 1) / (a + b + 2) ? 1 - betaBelowMean(1 - x, b, a) : betaBelowMean(x, a, b);
}

function betaBelowMean(x: number, a: number, b: number): number {
  const scale = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return Math.exp(scale) * betaFraction(x, a, b) / a;
}

/** A&S 26.5.8. */
function betaFraction(x: number, a: number, b: number): number {
  const away = (value: number): number => Math.abs(value) < TINY ? TINY : value;
  let c = 1;
  let d = 1 / away(1 - (a + b) * x / (a + 1));
  let fraction = d;
  for (let m = 1; m <= MAX_STEPS; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const numerator of [even, odd]) {
      d = 1 / away(1 + numerator * d);
      c = away(1 + numerator / c);
      change = c * d;
      fraction *= change;
    }
    if (Math.abs(change - 1) < PRECISION) break;
  }
  return fraction;
}

function betaInverse(p: number, a: number, b: number): number {
  if (isOutside(p, a, b)) return NaN;
  let [low, high] = [0, 1];
  for (let i = 0; i < HALVINGS && low < high; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (betaCdf(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

interface Sample {
  readonly mean: number;
  readonly variance: number;
  readonly count: number;
}

/** The probability of means so far apart, on either side, if both samples are of one mean. */
function welch(one: Sample, other: Sample): number {
  const [a, b] = [one.variance / one.count, other.variance / other.count];
  const squared = (one.mean - other.mean) ** 2 / (a + b);
  const freedom = (a + b) ** 2 / (a * a / (one.count - 1) + b * b / (other.count - 1));
  return betaCdf(freedom / (freedom + squared), freedom / 2, 0.5);
}
