/**
 * What is usual at an hour of the week: the mean per bucket of time, and how far off it usually is.
 *
 * Until two of the same hour of the week are known the same hour of other days speaks, until then
 * all buckets together. Hours are UTC.
 *
 * @module
 */

/** Plain JSON; changed in place. */
export interface Week {
  /** The bucket in which it began, of which too little was seen. */
  readonly since: number;
  /** Buckets learned. */
  n: number;
  mean: number;
  /** Mean of the square of what was not expected. */
  variance: number;
  /** Mean and buckets learned, by hour of the day; null where nothing is known. */
  readonly day: (Known | null)[];
  /** By hour of the week, Thursday 0:00 first. */
  readonly week: (Known | null)[];
}

type Known = [mean: number, buckets: number];

/** What is expected of a bucket. */
export interface Usual {
  readonly mean: number;
  /** Standard deviation, at least that of a Poisson process. */
  readonly deviation: number;
  /** Which buckets say so. */
  readonly from: "hour of the week" | "hour of the day" | "all hours";
}

/** What is too far from usual. */
export interface Bounds {
  /** So many times as much, or a so manieth of it. */
  readonly times: number;
  /** What a spike has at least, and what is expected at least where a drop is told. */
  readonly least: number;
}

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const WEEK_HOURS = 168;
/** Of the newest whole hour in the mean of its hour. */
const HOUR_WEIGHT = 0.3;
/** Hours whose buckets must be known until they speak. */
const LEAST_HOURS = 2;
/** Buckets over which the overall figures reach back, and the least that they are worth. */
const LONG = 2_000;
const LEAST = 24;
const DEVIATIONS = 3;

export function newWeek(since: number): Week {
  const none = (length: number): null[] => Array.from({ length }, () => null);
  return { since, n: 0, mean: 0, variance: 0, day: none(DAY_HOURS), week: none(WEEK_HOURS) };
}

/** What is expected of bucket `number`; undefined while too little is known. */
export function expectedOf(week: Week, number: number, everyMs: number): Usual | undefined {
  const { at, enough } = placeOf(number, everyMs);
  const of = (mean: number, from: Usual["from"]): Usual => {
    return { mean, deviation: Math.sqrt(Math.max(week.variance, mean, 1)), from };
  };
  if (week.n < LEAST) return undefined;
  const sameHour = week.week[at] ?? null;
  if (sameHour !== null && sameHour[1] >= enough) return of(sameHour[0], "hour of the week");
  const sameTime = week.day[at % DAY_HOURS] ?? null;
  if (sameTime !== null && sameTime[1] >= enough) return of(sameTime[0], "hour of the day");
  return of(week.mean, "all hours");
}

export function isSpike({ times, least }: Bounds, sum: number, usual: Usual): boolean {
  return sum >= least && sum >= times * usual.mean &&
    sum - usual.mean >= DEVIATIONS * usual.deviation;
}

export function isDrop({ times, least }: Bounds, sum: number, usual: Usual): boolean {
  return usual.mean >= least && sum * times <= usual.mean &&
    usual.mean - sum >= DEVIATIONS * usual.deviation;
}

/** Learns a closed bucket, but no more than `most` times what was expected, or a `most`th of it. */
export function learnBucket(
  week: Week,
  { number, sum }: { readonly number: number; readonly sum: number },
  { everyMs, usual, most }: {
    readonly everyMs: number;
    readonly usual: Usual | undefined;
    readonly most: number;
  },
): void {
  const { at, enough } = placeOf(number, everyMs);
  const bounded = usual === undefined ? sum : boundedBy(sum, usual, most);
  const expected = usual?.mean ?? (week.n === 0 ? bounded : week.mean);
  week.n++;
  const weight = Math.max(1 / week.n, 1 / LONG);
  week.mean += weight * (bounded - week.mean);
  week.variance += weight * ((bounded - expected) ** 2 - week.variance);
  const least = HOUR_WEIGHT / (enough / LEAST_HOURS);
  week.week[at] = learned(week.week[at] ?? null, bounded, least);
  week.day[at % DAY_HOURS] = learned(week.day[at % DAY_HOURS] ?? null, bounded, least / 7);
}

function boundedBy(sum: number, { mean, deviation }: Usual, most: number): number {
  const low = Math.min(mean / most, mean - DEVIATIONS * deviation);
  const high = Math.max(mean * most, mean + DEVIATIONS * deviation);
  return Math.max(low, Math.min(high, sum));
}

function learned(known: Known | null, sum: number, least: number): Known {
  if (known === null) return [sum, 1];
  const [mean, buckets] = known;
  return [mean + Math.max(1 / (buckets + 1), least) * (sum - mean), buckets + 1];
}

/** The hour of the week of a bucket, and how many buckets of it are enough. */
function placeOf(
  number: number,
  everyMs: number,
): { readonly at: number; readonly enough: number } {
  const hour = Math.floor(number * everyMs / HOUR_MS);
  const at = ((hour % WEEK_HOURS) + WEEK_HOURS) % WEEK_HOURS;
  return { at, enough: LEAST_HOURS * Math.max(1, Math.floor(HOUR_MS / everyMs)) };
}
