/**
 * One series of numbers, watched: how unusual its newest value is, and why.
 *
 * Three features look at the last values, each against what the series itself has done so far:
 *
 * | feature     | distance                                                                   |
 * | ----------- | -------------------------------------------------------------------------- |
 * | `level`     | mean of the last 5, 10 and 20 values from the long mean                    |
 * | `rhythm`    | mean of the last 1, 5 and 10 values from what this time of the day is like |
 * | `roughness` | spread of the last 20, 30 and 60 values from the usual one, as a ratio     |
 *
 * A distance becomes a surprise: -log10 of how often one as large has occurred. A feature's surprise
 * is the mean over its spans, the score a power mean over the features. Nothing is looked up ahead,
 * nothing is random, and the state of one series is bounded: 12 KiB as JSON, 64 at the very worst.
 *
 * @module
 */
import { count, newTail, surpriseOf, type Tail } from "./tail.ts";

export type Feature = "level" | "rhythm" | "roughness";

/** What one feature says of the newest value. */
export interface Reason {
  readonly feature: Feature;
  /** -log10 of how often the series was as far from usual; 0 where too little is known. */
  readonly surprise: number;
  /** What was seen, in the series' unit. */
  readonly actual: number;
  /** What would have been usual, in the same unit. */
  readonly expected: number;
}

/** How unusual a value is. */
export interface Score {
  /** 0 is usual; each further 1 is as a tenth as often. */
  readonly score: number;
  /** All features, the most surprising first. */
  readonly reasons: readonly Reason[];
  /** True for the value that begins an episode: the others of it are no news. */
  readonly isNews: boolean;
}

/** Plain JSON; changed in place. */
export interface Series {
  /** Values taken. */
  n: number;
  /** Time of the newest, ms since the epoch. */
  lastMs: number;
  /** Usual ms between values. */
  stepMs: number;
  /** Values since the last unusual one. */
  quiet: number;
  /** Newest last, at most {@link LONGEST}. */
  recent: number[];
  /** Long mean, and long mean distance from it. */
  mean: number;
  scale: number;
  /** Long mean of the logarithm of the spread, by span of roughness. */
  readonly spread: (number | null)[];
  /** Mean by half hour of the day, UTC; null where none is known. */
  readonly day: (number | null)[];
  slot: Slot;
  /** By feature and span, in the order of the table. */
  readonly tails: readonly Tail[];
}

/** The half hour that is running. */
interface Slot {
  at: number;
  sum: number;
  n: number;
}

/** Scores from which a value is unusual, by sensitivity. */
export const THRESHOLDS = { low: 2.5, medium: 1.9, high: 1.6 } as const;
export type Sensitivity = keyof typeof THRESHOLDS;
/** Which way off is unusual. */
export type Direction = "both" | "up" | "down";

const LEVEL_SPANS = [5, 10, 20] as const;
const RHYTHM_SPANS = [1, 5, 10] as const;
const ROUGH_SPANS = [20, 30, 60] as const;
const LONGEST = 60;
const FEATURES = [LEVEL_SPANS, RHYTHM_SPANS, ROUGH_SPANS];
/** Between the mean, where all features must agree, and the largest, where any one is enough. */
const POWER = 1.75;
/** Values that are only learned from. */
const LEARN = 200;
/** So many usual values in a row end an episode. */
const QUIET = 120;
const DAY_MS = 86_400_000;
const SLOTS = 48;
/** Weight of the newest day in a slot's mean. */
const SLOT_WEIGHT = 0.3;
/** Values over which long means reach back. */
const LONG = 2_000;
/** A value is learned as at most so many mean distances away: one leap must not blind for long. */
const MOST_STEP = 20;
/** Larger numbers are taken as this: their squares must be numbers too. */
const MOST_VALUE = 1e120;
/** Values that are missing in a row until the last ones no longer belong together. */
const MOST_MISSED = 60;

export function newSeries(): Series {
  return {
    n: 0,
    lastMs: 0,
    stepMs: 0,
    quiet: QUIET,
    recent: [],
    mean: 0,
    scale: 0,
    spread: ROUGH_SPANS.map(() => null),
    day: Array.from({ length: SLOTS }, () => null),
    slot: { at: -1, sum: 0, n: 0 },
    tails: FEATURES.flat().map(newTail),
  };
}

/**
 * Scores `value` of the time `ms` by what came before, and then learns it. Undefined where it says
 * nothing: it is no number, or older than the newest one.
 */
export function take(
  series: Series,
  { value, ms, threshold, direction }: {
    readonly value: number;
    readonly ms: number;
    readonly threshold: number;
    readonly direction: Direction;
  },
): Score | undefined {
  if (!Number.isFinite(value) || !Number.isFinite(ms)) return undefined;
  if (series.n > 0 && ms < series.lastMs) return undefined;
  // JSON has no minus zero.
  const x = Math.max(-MOST_VALUE, Math.min(MOST_VALUE, value)) + 0;
  keepTime(series, ms);
  series.recent.push(x);
  if (series.recent.length > LONGEST) series.recent.shift();
  const means = meansOf(series.recent);
  const reasons = [level(series, means), rhythm(series, means, ms), roughness(series, means)];
  learn(series, x, ms);
  const powers = reasons.reduce((sum, { surprise }) => sum + surprise ** POWER, 0);
  const score = (powers / reasons.length) ** (1 / POWER);
  const isUnusual = score >= threshold && isWay(direction, reasons[0]!);
  reasons.sort((a, b) => b.surprise - a.surprise);
  return { score, reasons, isNews: isNews(series, isUnusual) };
}

/** The way is that of the level: a rhythm is off the same way, roughness has none. */
function isWay(direction: Direction, { actual, expected }: Reason): boolean {
  return direction === "both" || (direction === "up" ? actual > expected : actual < expected);
}

function isNews(series: Series, isUnusual: boolean): boolean {
  if (series.n <= LEARN) return false;
  const isFirst = isUnusual && series.quiet >= QUIET;
  series.quiet = isUnusual ? 0 : Math.min(QUIET, series.quiet + 1);
  return isFirst;
}

/** After a long gap the last values are no neighbours of the next one. */
function keepTime(series: Series, ms: number): void {
  if (series.n > 0) {
    const passed = ms - series.lastMs;
    if (series.n > LONGEST && passed > MOST_MISSED * series.stepMs) series.recent = [];
    const most = series.stepMs === 0 ? passed : MOST_STEP * series.stepMs;
    series.stepMs += weightOf(series.n) * (Math.min(passed, most) - series.stepMs);
  }
  series.lastMs = ms;
}

/** Means of the last 1, 2, … values, by number of values less one. */
function meansOf(recent: readonly number[]): Float64Array {
  const means = new Float64Array(recent.length);
  let sum = 0;
  for (let i = 1; i <= recent.length; i++) {
    sum += recent[recent.length - i]!;
    means[i - 1] = sum / i;
  }
  return means;
}

/** What is seen over one span; undefined where too little is known. */
type Seen = { readonly distance: number; readonly actual: number; readonly expected: number };

/** The mean surprise over the spans, told by the most surprising one; `at` is its first tail. */
function judge(
  feature: Feature,
  tails: readonly Tail[],
  seen: readonly (Seen | undefined)[],
): Reason {
  let sum = 0;
  let most = -1;
  let told: Seen = { distance: 0, actual: 0, expected: 0 };
  for (const [i, one] of seen.entries()) {
    if (one === undefined) continue;
    const tail = tails[i]!;
    const surprise = surpriseOf(tail, one.distance);
    count(tail, one.distance);
    sum += surprise;
    if (surprise <= most) continue;
    most = surprise;
    told = one;
  }
  const { actual, expected } = told;
  return { feature, surprise: sum / seen.length, actual, expected };
}

function level({ n, mean, tails }: Series, means: Float64Array): Reason {
  const seen = LEVEL_SPANS.map((span): Seen | undefined => {
    const actual = means[span - 1];
    if (actual === undefined || n < span) return undefined;
    return { distance: Math.abs(actual - mean), actual, expected: mean };
  });
  return judge("level", tails.slice(0, 3), seen);
}

function rhythm({ day, tails }: Series, means: Float64Array, ms: number): Reason {
  const expected = day[slotOf(ms)] ?? null;
  const seen = RHYTHM_SPANS.map((span): Seen | undefined => {
    const actual = means[span - 1];
    if (actual === undefined || expected === null) return undefined;
    return { distance: Math.abs(actual - expected), actual, expected };
  });
  return judge("rhythm", tails.slice(3, 6), seen);
}

function roughness({ n, recent, spread, tails }: Series, means: Float64Array): Reason {
  const seen = ROUGH_SPANS.map((span, i): Seen | undefined => {
    const mean = means[span - 1];
    if (mean === undefined) return undefined;
    const actual = spreadOf(recent, span, mean);
    const now = Math.log(actual);
    const usual = spread[i] ?? null;
    spread[i] = usual === null ? now : usual + weightOf(n - span) * (now - usual);
    if (usual === null) return undefined;
    return { distance: Math.abs(now - usual), actual, expected: Math.exp(usual) };
  });
  return judge("roughness", tails.slice(6), seen);
}

/** Standard deviation of the last `span` values; never 0, so that it has a logarithm. */
function spreadOf(recent: readonly number[], span: number, mean: number): number {
  let squares = 0;
  for (let i = recent.length - span; i < recent.length; i++) squares += (recent[i]! - mean) ** 2;
  return Math.sqrt(squares / span) + 1e-4 * Math.abs(mean) + 1e-9;
}

function learn(series: Series, x: number, ms: number): void {
  series.n++;
  if (series.n === 1) series.mean = x;
  const weight = weightOf(series.n);
  const bounded = boundedBy(series, x, series.mean);
  series.mean += weight * (bounded - series.mean);
  series.scale += weight * (Math.abs(bounded - series.mean) - series.scale);
  const at = slotOf(ms);
  const { slot } = series;
  if (at !== slot.at) {
    if (slot.n > 0) learnSlot(series, slot.at, slot.sum / slot.n);
    series.slot = { at, sum: x, n: 1 };
  } else {
    slot.sum += x;
    slot.n++;
  }
}

function learnSlot(series: Series, at: number, mean: number): void {
  const known = series.day[at] ?? null;
  const bounded = boundedBy(series, mean, known ?? series.mean);
  series.day[at] = known === null ? bounded : known + SLOT_WEIGHT * (bounded - known);
}

/** `x`, or what is nearest to it and not too far from `around` to be learned. */
function boundedBy({ n, scale }: Series, x: number, around: number): number {
  if (n <= LONGEST) return x;
  const most = MOST_STEP * (scale + 1e-3 * Math.abs(around) + 1e-9);
  return Math.max(around - most, Math.min(around + most, x));
}

/** The weight of the newest of `n` values in a long mean. */
function weightOf(n: number): number {
  return Math.max(1 / Math.max(1, n), 1 / LONG);
}

function slotOf(ms: number): number {
  return Math.floor((((ms % DAY_MS) + DAY_MS) % DAY_MS) / (DAY_MS / SLOTS));
}
