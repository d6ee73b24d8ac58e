/**
 * Times of a zone: `datetime_utc_to_local`, `datetime_local_to_utc`, `datetime_list_timezones`.
 *
 * A local time that the clocks skip is read with the offset after the change, one that occurs twice
 * is its second occurrence.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";
import { NativeError } from "../native_error.ts";

const TICKS_PER_MS = 10_000n;
/** No zone changes its clocks twice within so much. */
const HALF_DAY_MS = 43_200_000;

export const TIME_ZONES: readonly NativeFunction[] = [
  defineNative(
    "datetime_utc_to_local",
    [["datetime", "string"], "datetime"],
    ([utc, zone]) => utc === null ? null : utc + BigInt(offsetMs(msOf(utc), zone)) * TICKS_PER_MS,
  ),
  defineNative(
    "datetime_local_to_utc",
    [["datetime", "string"], "datetime"],
    ([local, zone]) =>
      local === null ? null : local - BigInt(localOffsetMs(msOf(local), zone)) * TICKS_PER_MS,
  ),
  defineNative(
    "datetime_list_timezones",
    [[], "dynamic"],
    () => Intl.supportedValuesOf("timeZone"),
  ),
];

function msOf(ticks: bigint): number {
  return Number(ticks / TICKS_PER_MS);
}

function offsetMs(utcMs: number, zone: string): number {
  try {
    const at = Temporal.Instant.fromEpochMilliseconds(utcMs).toZonedDateTimeISO(zone);
    return at.offsetNanoseconds / 1_000_000;
  } catch {
    throw new NativeError(
      `Cannot convert time: "${zone}" is no time zone, must be a name such as "Europe/Paris"`,
    );
  }
}

function localOffsetMs(localMs: number, zone: string): number {
  const before = offsetMs(localMs - HALF_DAY_MS, zone);
  const after = offsetMs(localMs + HALF_DAY_MS, zone);
  if (before === after) return before;
  const isAfter = offsetMs(localMs - after, zone) === after;
  const isBefore = offsetMs(localMs - before, zone) === before;
  return isAfter || !isBefore ? after : before;
}
