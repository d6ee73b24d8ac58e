/**
 * Times and durations as KQL writes them, in ticks of 100 ns; times since the Unix epoch.
 *
 * @module
 */

export const TICKS_PER_SECOND = 10_000_000n;
export const TICKS_PER_DAY = 864_000_000_000n;
/** From 0001-01-01 to 1970-01-01. */
export const TICKS_BEFORE_EPOCH = 621_355_968_000_000_000n;
/** The last moment of the year 9999. */
const LAST_TICK = 2_534_023_007_999_999_999n;

const UNITS: readonly (readonly [RegExp, bigint])[] = [
  [/^d(ays?)?$/, TICKS_PER_DAY],
  [/^h((ou)?rs?)?$/, 36_000_000_000n],
  [/^m(in(ute)?s?)?$/, 600_000_000n],
  [/^s(ec(ond)?s?)?$/, TICKS_PER_SECOND],
  [/^(ms|milli(second)?s?)$/, 10_000n],
  [/^micro(second)?s?$/, 10n],
  [/^ticks?$/, 1n],
];

/** Ticks of `1.5h`, `-3d`, `1.02:03:04.5` or `7` (days). */
export function ticksOfTimespan(text: string): bigint | undefined {
  const lower = text.trim().toLowerCase();
  const amount = /^([-+]?)(\d*)(?:\.(\d+))?\s*([a-z]+)$/.exec(lower);
  if (amount !== null) return ticksOfAmount(amount);
  const clock = /^([-+]?)(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/.exec(
    lower,
  );
  if (clock !== null) return ticksOfClock(clock);
  return /^[-+]?\d{1,8}$/.test(lower) ? BigInt(lower) * TICKS_PER_DAY : undefined;
}

function ticksOfAmount([, sign, whole = "", fraction = "", unit = ""]: RegExpExecArray) {
  if (whole === "" && fraction === "") return undefined;
  const ticks = UNITS.find(([name]) => name.test(unit))?.[1];
  if (ticks === undefined || whole.length > 19) return undefined;
  const part = fraction === "" ? 0n : BigInt(Math.round(Number(`0.${fraction}`) * Number(ticks)));
  const all = BigInt(whole === "" ? "0" : whole) * ticks + part;
  return inRange(sign === "-" ? -all : all);
}

function ticksOfClock([, sign, days, hours, minutes, seconds, fraction]: RegExpExecArray) {
  const [h, m, s] = [BigInt(hours ?? 0), BigInt(minutes ?? 0), BigInt(seconds ?? 0)];
  if (h > 23n || m > 59n || s > 59n) return undefined;
  const all = BigInt(days ?? 0) * TICKS_PER_DAY + ((h * 60n + m) * 60n + s) * TICKS_PER_SECOND +
    BigInt((fraction ?? "").padEnd(7, "0"));
  return inRange(sign === "-" ? -all : all);
}

function inRange(ticks: bigint): bigint | undefined {
  return BigInt.asIntN(64, ticks) === ticks ? ticks : undefined;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

const ISO =
  /^(\d{4})-(\d{1,2})(?:-(\d{1,2})(?:(?:T|\s+)(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?)?)?\s*(Z|UTC|GMT|[-+]\d{1,2}(?::?\d{2})?)?$/i;
/** `2026, 8, 1`, `2026/08/01`. */
const YEAR_FIRST =
  /^(\d{4})(?:\/|,\s*)(\d{1,2})(?:\/|,\s*)(\d{1,2})(?:(?:,\s*|\s+)(\d{1,2})(?::|,\s*)(\d{1,2})(?:(?::|,\s*)(\d{1,2})(?:\.(\d{1,9}))?)?)?\s*Z?$/i;
const COMPACT = /^(\d{4})(?:(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?)?$/;
const SLASHED =
  /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?:\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?\s*(AM|PM)?)?$/i;
const NAMED =
  /^(?:[a-z]{3,9},?\s+)?(\d{1,2})[\s-]([a-z]{3,9})[\s-](\d{2,4})(?:\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?\s*(Z|UTC|GMT|[-+]\d{1,2}:?\d{2})?$/i;
const MONTH_FIRST =
  /^(?:[a-z]{3,9},?\s+)?([a-z]{3,9})\s+(\d{1,2}),?(?:\s+(\d{4}))(?:\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?$/i;

/** Ticks since the epoch of a time in any form that KQL reads. */
export function ticksOfDatetime(text: string): bigint | undefined {
  const trimmed = text.trim();
  const iso = ISO.exec(trimmed);
  if (iso !== null) return ticksOfParts(iso.slice(1, 8), iso[8]);
  const yearFirst = YEAR_FIRST.exec(trimmed);
  if (yearFirst !== null) return ticksOfParts(yearFirst.slice(1, 8), undefined);
  const compact = COMPACT.exec(trimmed);
  if (compact !== null) return ticksOfParts(compact.slice(1, 7), undefined);
  const slashed = SLASHED.exec(trimmed);
  if (slashed !== null) {
    const [, first, second, year, hour, ...rest] = slashed;
    // The month comes first, unless it cannot be one.
    const [month, day] = Number(first) > 12 ? [second, first] : [first, second];
    return ticksOfParts([year, month, day, halfDay(hour, slashed[8]), ...rest.slice(0, 3)], "");
  }
  const named = NAMED.exec(trimmed);
  if (named !== null) {
    const [, day, month, year, ...rest] = named;
    return ticksOfParts([fullYear(year), monthOf(month), day, ...rest.slice(0, 4)], named[8]);
  }
  const first = MONTH_FIRST.exec(trimmed);
  if (first === null) return undefined;
  return ticksOfParts([first[3], monthOf(first[1]), first[2], ...first.slice(4, 7)], "");
}

function halfDay(hour: string | undefined, half: string | undefined): string | undefined {
  if (hour === undefined || half === undefined) return hour;
  return String(Number(hour) % 12 + (half.toUpperCase() === "PM" ? 12 : 0));
}

function fullYear(year: string | undefined): string | undefined {
  return year?.length === 2 ? `20${year}` : year;
}

function monthOf(name: string | undefined): string {
  return String(MONTHS.indexOf((name ?? "").slice(0, 3).toLowerCase()) + 1);
}

/** Year, month, day, hour, minute, second, fraction; absent ones are the least. */
function ticksOfParts(
  parts: readonly (string | undefined)[],
  zone: string | undefined,
): bigint | undefined {
  const [year = 1, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.slice(0, 6)
    .map((part) => part === undefined ? undefined : Number(part));
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) {
    return undefined;
  }
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second);
  const fraction = BigInt((parts[6] ?? "").padEnd(7, "0").slice(0, 7));
  const ticks = BigInt(date.getTime()) * 10_000n + fraction - zoneTicks(zone);
  return isDatetime(ticks) ? ticks : undefined;
}

/** Whether it is within the years 1 to 9999. */
export function isDatetime(ticks: bigint): boolean {
  return ticks >= -TICKS_BEFORE_EPOCH && ticks <= LAST_TICK;
}

function zoneTicks(zone: string | undefined): bigint {
  const found = /^([-+])(\d{1,2})(?::?(\d{2}))?$/.exec(zone ?? "");
  if (found === null) return 0n;
  const ticks = (BigInt(found[2]!) * 60n + BigInt(found[3] ?? 0)) * 600_000_000n;
  return found[1] === "-" ? -ticks : ticks;
}

/** `2026-08-01T10:00:00.0000000Z`. */
export function textOfDatetime(ticks: bigint): string {
  const fraction = ((ticks % TICKS_PER_SECOND) + TICKS_PER_SECOND) % TICKS_PER_SECOND;
  const date = new Date(Number((ticks - fraction) / 10_000n));
  return `${date.toISOString().slice(0, 19)}.${String(fraction).padStart(7, "0")}Z`;
}

/** `1.02:03:04.0500000`; no days and no fraction where they are 0. */
export function textOfTimespan(ticks: bigint): string {
  const all = ticks < 0n ? -ticks : ticks;
  const two = (value: bigint): string => String(value).padStart(2, "0");
  const days = all / TICKS_PER_DAY;
  const fraction = all % TICKS_PER_SECOND;
  const clock = [
    two(all / 36_000_000_000n % 24n),
    two(all / 600_000_000n % 60n),
    two(all / TICKS_PER_SECOND % 60n),
  ].join(":");
  return (ticks < 0n ? "-" : "") + (days > 0n ? `${days}.` : "") + clock +
    (fraction > 0n ? `.${String(fraction).padStart(7, "0")}` : "");
}
