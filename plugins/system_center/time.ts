/**
 * Times as System Center writes them, in ticks of 100 ns since the Unix epoch.
 *
 * @module
 */
import { isoTicks, localTime } from "../../sdk/read/time_text.ts";

const TICKS_PER_MS = 10_000n;
const MS_PER_MINUTE = 60_000;

/** Which of the numbers in `6/7/2026` is the month. */
export type DateOrder = "mdy" | "dmy";

/**
 * `14:24:33.329+420` of `06-26-2015`: the bias is what UTC is ahead of local time, in minutes, as
 * in TIME_ZONE_INFORMATION. Without one the time is of `timezone`.
 */
export function logTicks(
  date: string,
  time: string,
  timezone: string | undefined,
): bigint | undefined {
  const day = /^(\d{1,2})-(\d{1,2})-(\d{4})$/.exec(date);
  const clock = /^(\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,7}))?([+-]\d{1,4})?$/.exec(time);
  if (day === null || clock === null) return undefined;
  const [, month = "", dayOfMonth = "", year = ""] = day;
  const [, hour = "", minute, second, fraction = "", bias] = clock;
  const wall = `${iso(year, month, dayOfMonth)} ${hour.padStart(2, "0")}:${minute}:${second}`;
  const ms = localTime(wall, bias === undefined ? timezone : "UTC");
  if (ms === undefined) return undefined;
  const utc = ms + Number(bias ?? 0) * MS_PER_MINUTE;
  return BigInt(utc) * TICKS_PER_MS + BigInt(fraction.padEnd(7, "0"));
}

/**
 * A time of an alert, which Operations Manager keeps in UTC: ISO 8601, `/Date(ms)/`, or as the
 * culture of an export writes it: `6/7/2026 1:02:03 PM`, `07.06.2026 13:02:03`.
 */
export function alertTicks(text: string, order: DateOrder): bigint | undefined {
  const zoned = isoTicks(text) ?? isoTicks(`${text.replace(" ", "T")}Z`);
  if (zoned !== undefined) return zoned;
  const ms = /^\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\/$/.exec(text)?.[1];
  if (ms !== undefined) return BigInt(ms) * TICKS_PER_MS;
  const parts = CULTURE.exec(text);
  if (parts === null) return undefined;
  const [, first = "", separator, second = "", year = "", hour = "", minute, seconds, half] = parts;
  const isMonthFirst = separator === "/" && order === "mdy";
  const [month, day] = isMonthFirst ? [first, second] : [second, first];
  const hours = hourOfDay(Number(hour), half);
  const wall = `${iso(year, month, day)} ${String(hours).padStart(2, "0")}:${minute}:${
    seconds ?? "00"
  }`;
  const at = localTime(wall, "UTC");
  return at === undefined ? undefined : BigInt(at) * TICKS_PER_MS;
}

const CULTURE =
  /^(\d{1,2})([/.-])(\d{1,2})[/.-](\d{4}),? (\d{1,2}):(\d\d)(?::(\d\d))?(?:[ \u202F]([AP])M)?$/i;

function hourOfDay(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  return hour % 12 + (half.toUpperCase() === "P" ? 12 : 0);
}

function iso(year: string, month: string, day: string): string {
  return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
}
