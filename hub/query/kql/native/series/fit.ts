/**
 * Series and the lines closest to them, by least squares.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";
import { type Json } from "../json.ts";
import { finiteNumbersOf, realsOf, varianceOf } from "./series.ts";

const LINE_KEYS = ["rsquare", "slope", "variance", "rvariance", "interception"] as const;

export const SERIES_FITS: readonly NativeFunction[] = [
  defineNative("series_fit_line", [["dynamic"], "dynamic"], ([series]) => {
    const numbers = finiteNumbersOf(series);
    if (numbers === undefined || numbers.length < 2) return null;
    const line = lineOf(numbers);
    return [...LINE_KEYS.map((key) => line[key]), realsOf(pointsOf(line, numbers.length))];
  }),
  defineNative("series_fit_line_dynamic", [["dynamic"], "dynamic"], ([series]) => {
    const numbers = finiteNumbersOf(series);
    if (numbers === undefined || numbers.length < 2) return null;
    const line = lineOf(numbers);
    return new Map<string, Json>([
      ...bagOf(line),
      ["line_fit", realsOf(pointsOf(line, numbers.length))],
    ]);
  }),
  defineNative("series_fit_2lines", [["dynamic"], "dynamic"], ([series]) => {
    const two = twoLinesOf(finiteNumbersOf(series));
    if (two === undefined) return null;
    const side = ({ rsquare, slope, interception, variance, rvariance }: Line): readonly Json[] => [
      rsquare,
      slope,
      interception,
      variance,
      rvariance,
    ];
    const whole = [two.rsquare, two.splitAt, two.variance, two.rvariance, two.points];
    return [...whole, ...side(two.right), ...side(two.left)];
  }),
  defineNative("series_fit_2lines_dynamic", [["dynamic"], "dynamic"], ([series]) => {
    const two = twoLinesOf(finiteNumbersOf(series));
    if (two === undefined) return null;
    return new Map<string, Json>([
      ["rsquare", two.rsquare],
      ["split_idx", two.splitAt],
      ["variance", two.variance],
      ["rvariance", two.rvariance],
      ["line_fit", two.points],
      ["right", bagOf(two.right)],
      ["left", bagOf(two.left)],
    ]);
  }),
];

/** The line closest to points 1, 2, 3, …, and how close it is. */
export interface Line {
  readonly slope: number;
  readonly interception: number;
  /** Of the points. */
  readonly variance: number;
  /** Of what the line leaves of them. */
  readonly rvariance: number;
  readonly rsquare: number;
}

/** Of at least 2 numbers. */
export function lineOf(numbers: Float64Array): Line {
  const { slope, interception } = momentsOf(new Moments(), numbers).line();
  const rests = numbers.map((number, at) => number - (interception + slope * (at + 1)));
  return { slope, interception, ...closeness(numbers, rests) };
}

export function pointsOf(line: Pick<Line, "slope" | "interception">, length: number): Float64Array {
  return Float64Array.from({ length }, (_, at) => line.interception + line.slope * (at + 1));
}

function bagOf(line: Line): ReadonlyMap<string, Json> {
  return new Map<string, Json>(
    (["slope", "interception", "rsquare", "variance", "rvariance"] as const).map((key) => [
      key,
      line[key],
    ]),
  );
}

function closeness(
  numbers: Float64Array,
  rests: Float64Array,
): Pick<Line, "variance" | "rvariance" | "rsquare"> {
  const [variance, rvariance] = [varianceOf(numbers), varianceOf(rests)];
  return { variance, rvariance, rsquare: variance === 0 ? 1 : 1 - rvariance / variance };
}

interface TwoLines extends Pick<Line, "variance" | "rvariance" | "rsquare"> {
  /** Place of the right line's first point. */
  readonly splitAt: bigint;
  readonly points: readonly Json[];
  readonly left: Line;
  readonly right: Line;
}

function twoLinesOf(numbers: Float64Array | undefined): TwoLines | undefined {
  if (numbers === undefined || numbers.length < 4) return undefined;
  const splitAt = bestSplit(numbers);
  const [left, right] = [lineOf(numbers.subarray(0, splitAt)), lineOf(numbers.subarray(splitAt))];
  const points = new Float64Array(numbers.length);
  points.set(pointsOf(left, splitAt));
  points.set(pointsOf(right, numbers.length - splitAt), splitAt);
  const rests = numbers.map((number, at) => number - points[at]!);
  return {
    splitAt: BigInt(splitAt),
    left,
    right,
    points: realsOf(points),
    ...closeness(numbers, rests),
  };
}

/** Where two lines of at least 2 points each leave least, found in one pass from either side. */
function bestSplit(numbers: Float64Array): number {
  const before = new Float64Array(numbers.length + 1);
  const growing = new Moments();
  for (const [at, number] of numbers.entries()) {
    growing.add(number);
    before[at + 1] = growing.rest();
  }
  const after = new Moments();
  let best = { at: 2, rest: Infinity };
  for (let at = numbers.length - 1; at >= 2; at--) {
    after.add(numbers[at]!);
    const rest = before[at]! + after.rest();
    if (after.count >= 2 && rest < best.rest) best = { at, rest };
  }
  return best.at;
}

/** Running sums of points 1, 2, 3, …: Welford's, which do not cancel out. */
class Moments {
  count = 0;
  #meanX = 0;
  #meanY = 0;
  #xx = 0;
  #xy = 0;
  #yy = 0;

  add(y: number): void {
    const x = ++this.count;
    const [dx, dy] = [x - this.#meanX, y - this.#meanY];
    this.#meanX += dx / this.count;
    this.#meanY += dy / this.count;
    this.#xx += dx * (x - this.#meanX);
    this.#xy += dx * (y - this.#meanY);
    this.#yy += dy * (y - this.#meanY);
  }

  line(): Pick<Line, "slope" | "interception"> {
    const slope = this.#xx === 0 ? 0 : this.#xy / this.#xx;
    return { slope, interception: this.#meanY - slope * this.#meanX };
  }

  /** The sum of squares that the best line leaves. */
  rest(): number {
    return this.#xx === 0 ? 0 : this.#yy - this.#xy * this.#xy / this.#xx;
  }
}

function momentsOf(moments: Moments, numbers: Float64Array): Moments {
  for (const number of numbers) moments.add(number);
  return moments;
}
