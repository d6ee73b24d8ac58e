/**
 * Dates and times of W3C lines: digits in, ticks of 100 ns out, nothing allocated.
 *
 * @module
 */
const ZERO = 48;
const DASH = 45;
const COLON = 58;
const DOT = 46;

const MS_PER_DAY = 86_400_000;
/** Ticks of 100 ns in one millisecond. */
export const TICKS_PER_MS = 10_000;
const TICKS_PER_SECOND = 10_000_000;
/** Ticks of 100 ns in one day. */
export const TICKS_PER_DAY = MS_PER_DAY * TICKS_PER_MS;

/** Remembers the last date, which the next line nearly always repeats. */
export interface DateCache {
  /** The date as the number yyyymmdd; -1 before the first. */
  key: number;
  /** Its midnight in ms since the epoch. */
  ms: number;
}

/** Two digits at `at` as a number; -1 if they are none. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? -1 : tens * 10 + ones;
}

/** Midnight of `yyyy-mm-dd` in ms since the epoch; NaN if it is no date. */
// oxlint-disable-next-line max-params -- hot path: an object a line is what it avoids
export function readDate(
  bytes: Uint8Array,
  start: number,
  end: number,
  cache: DateCache,
): number {
  if (end - start !== 10 || bytes[start + 4] !== DASH || bytes[start + 7] !== DASH) return NaN;
  const century = twoDigits(bytes, start);
  const year = twoDigits(bytes, start + 2);
  const month = twoDigits(bytes, start + 5);
  const day = twoDigits(bytes, start + 8);
  if ((century | year | month | day) < 0) return NaN;
  const key = ((century * 100 + year) * 100 + month) * 100 + day;
  if (key === cache.key) return cache.ms;
  const ms = Date.UTC(century * 100 + year, month - 1, day);
  const made = new Date(ms);
  if (made.getUTCMonth() !== month - 1 || made.getUTCDate() !== day || century < 19) return NaN;
  cache.key = key;
  cache.ms = ms;
  return ms;
}

/** Ticks of 100 ns from midnight to `hh:mm:ss` or `hh:mm:ss.fffffff`; -1 if it is no time. */
export function readTime(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 8 || bytes[start + 2] !== COLON || bytes[start + 5] !== COLON) return -1;
  const hours = twoDigits(bytes, start);
  const minutes = twoDigits(bytes, start + 3);
  const seconds = twoDigits(bytes, start + 6);
  if ((hours | minutes | seconds) < 0 || hours > 23 || minutes > 59 || seconds > 59) return -1;
  const whole = (hours * 3600 + minutes * 60 + seconds) * TICKS_PER_SECOND;
  if (end - start === 8) return whole;
  const fraction = readFraction(bytes, start + 8, end);
  return fraction < 0 ? -1 : whole + fraction;
}

/** `.f` to `.fffffff` in ticks; digits after the seventh are below a tick and left out. */
function readFraction(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== DOT || end - start < 2) return -1;
  let ticks = 0;
  let unit = TICKS_PER_SECOND / 10;
  for (let at = start + 1; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >>> 0 > 9) return -1;
    ticks += digit * Math.floor(unit);
    unit /= 10;
  }
  return ticks;
}

/** `yyyy-mm-dd hh:mm:ss` and a space. */
export const STAMP_BYTES = 20;

/** Remembers the last line's date and time, which the next line often repeats. */
export interface Stamp {
  /** Its bytes, as words; zeros before the first. */
  readonly words: Int32Array;
  /** In ms since the epoch. */
  ms: number;
}

export function makeStamp(): Stamp {
  return { words: new Int32Array(STAMP_BYTES / 4), ms: 0 };
}

export function isSameStamp(view: DataView, at: number, { words }: Stamp): boolean {
  // Seconds change in their last digits: they are compared first.
  return view.getInt32(at + 16, true) === words[4] && view.getInt32(at + 12, true) === words[3] &&
    view.getInt32(at + 8, true) === words[2] && view.getInt32(at + 4, true) === words[1] &&
    view.getInt32(at, true) === words[0];
}

/** Remembers the stamp at `at`, which stands for `ms`. */
// oxlint-disable-next-line max-params -- hot path: an object a line is what it avoids
export function keepStamp(stamp: Stamp, view: DataView, at: number, ms: number): void {
  for (let k = 0; k < stamp.words.length; k++) stamp.words[k] = view.getInt32(at + 4 * k, true);
  stamp.ms = ms;
}
