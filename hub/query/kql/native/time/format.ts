/**
 * `format_datetime`, `format_timespan`.
 *
 * A format is runs of specifiers and the delimiters that Kusto takes; what is neither is refused, as
 * Kusto does. A run longer than any specifier is read as several.
 *
 * @module
 */
import { TICKS_PER_DAY, TICKS_PER_SECOND } from "../../time_text.ts";
import { defineNative, type NativeFunction } from "../define.ts";
import { NativeError } from "../native_error.ts";

const DELIMITERS = " /-:,._[]";
const DATETIME_PARTS = /yyyy|yy|y|MM|M|dd|d|HH|H|hh|h|mm|m|ss|s|f{1,7}|F{1,7}|tt|[^]/gu;
const TIMESPAN_PARTS = /d{1,8}|HH|H|hh|h|mm|m|ss|s|f{1,7}|F{1,7}|[^]/gu;

export const TIME_FORMATS: readonly NativeFunction[] = [
  defineNative("format_datetime", [["datetime", "string"], "string"], ([ticks, format]) => {
    if (ticks === null) return "";
    const clock = clockOf(ticks);
    const date = new Date(Number((ticks - clock.ofSecond) / 10_000n));
    return format.replaceAll(DATETIME_PARTS, (part) => datetimePart(part, date, clock));
  }),
  defineNative("format_timespan", [["timespan", "string"], "string"], ([ticks, format]) => {
    if (ticks === null) return "";
    const length = ticks < 0n ? -ticks : ticks;
    const clock = clockOf(length);
    const text = format.replaceAll(
      TIMESPAN_PARTS,
      (part) =>
        part.startsWith("d") ? padded(length / TICKS_PER_DAY, part.length) : clockPart(part, clock),
    );
    return ticks < 0n ? `-${text}` : text;
  }),
];

interface Clock {
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  /** Ticks. */
  readonly ofSecond: bigint;
}

function clockOf(ticks: bigint): Clock {
  const ofDay = ((ticks % TICKS_PER_DAY) + TICKS_PER_DAY) % TICKS_PER_DAY;
  const seconds = Number(ofDay / TICKS_PER_SECOND);
  return {
    hours: Math.floor(seconds / 3600),
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
    ofSecond: ofDay % TICKS_PER_SECOND,
  };
}

function datetimePart(part: string, date: Date, clock: Clock): string {
  switch (part[0]) {
    case "y":
      return part.length === 4
        ? padded(date.getUTCFullYear(), 4)
        : padded(date.getUTCFullYear() % 100, part.length);
    case "M":
      return padded(date.getUTCMonth() + 1, part.length);
    case "d":
      return padded(date.getUTCDate(), part.length);
    case "h":
      return padded((clock.hours + 11) % 12 + 1, part.length);
    case "t":
      if (part !== "tt") throw wrongFormat(part);
      return clock.hours < 12 ? "AM" : "PM";
    default:
      return clockPart(part, clock);
  }
}

function clockPart(part: string, clock: Clock): string {
  switch (part[0]) {
    case "H":
    case "h":
      return padded(clock.hours, part.length);
    case "m":
      return padded(clock.minutes, part.length);
    case "s":
      return padded(clock.seconds, part.length);
    case "f":
      return padded(clock.ofSecond, 7).slice(0, part.length);
    case "F":
      return padded(clock.ofSecond, 7).slice(0, part.length).replace(/0+$/, "");
    default:
      if (!DELIMITERS.includes(part)) throw wrongFormat(part);
      return part;
  }
}

function padded(value: number | bigint, length: number): string {
  return String(value).padStart(length, "0");
}

function wrongFormat(part: string): NativeError {
  return new NativeError(
    `Cannot format time: "${part}" is no part of a format, must be a specifier or one of ` +
      `"${DELIMITERS}"`,
  );
}
