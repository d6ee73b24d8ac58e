/**
 * Times and spans as whole numbers of 100 ns.
 *
 * @module
 */
import { once } from "../printer.ts";

/** Ticks from 0001-01-01 to the Unix epoch: what is added to a datetime so that it is positive. */
export const EPOCH = "621355968000000000";
export const TICKS = {
  microsecond: "10",
  millisecond: "10000",
  second: "10000000",
  minute: "600000000",
  hour: "36000000000",
  day: "864000000000",
  week: "6048000000000",
} as const;

/** A datetime from an Int128 of ticks; absent outside of the years 1 to 9999. */
export function datetimeOf(sql: string): string {
  return within(sql, "-621355968000000000", "2534023007999999999");
}

/** A timespan from an Int128 of ticks; absent outside of 64 bits. */
export function timespanOf(sql: string): string {
  return within(sql, "toInt128('-9223372036854775808')", "toInt128('9223372036854775807')");
}

function within(sql: string, first: string, last: string): string {
  return once([sql], (t) => `if(${t} between ${first} and ${last}, toInt64(${t}), NULL)`);
}
