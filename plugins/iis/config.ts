/**
 * What an operator may set for a source of IIS logs.
 *
 * @module
 */
import * as v from "valibot";

/** Columns in which IIS writes `+` where the client sent a space. */
const PLUS_COLUMNS = [
  "csUserAgent",
  "csUserName",
  "sSiteName",
  "csHost",
  "csMethod",
  "csVersion",
] as const;

const ZONE = 'must be a zone such as "Europe/Vienna", "UTC" or "+02:00"';

export const config = v.strictObject({
  paths: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.nonEmpty("must be a file or a glob, not empty"))),
      v.minLength(1, "must name at least one file or glob"),
    ),
    ["C:/inetpub/logs/LogFiles/W3SVC*/*.log"],
  ),
  format: v.optional(
    v.picklist(["auto", "w3c", "iis", "ncsa"], 'must be "auto", "w3c", "iis" or "ncsa"'),
    "auto",
  ),
  timezone: v.optional(v.pipe(v.string(ZONE), v.check(isTimeZone, ZONE))),
  dateOrder: v.optional(
    v.picklist(["mdy", "dmy", "ymd"], 'must be "mdy" (6/30/26), "dmy" (30/6/26) or "ymd"'),
    "mdy",
  ),
  startAt: v.optional(v.picklist(["oldest", "now"], 'must be "oldest" or "now"'), "oldest"),
  plusIsSpace: v.optional(
    v.array(v.picklist(PLUS_COLUMNS, `must be one of ${PLUS_COLUMNS.join(", ")}`)),
    ["csUserAgent", "csUserName", "sSiteName"],
  ),
  maxLineBytes: v.optional(
    v.pipe(
      v.number("must be a number of bytes, such as 65536"),
      v.integer("must be a whole number of bytes"),
      v.minValue(1024, "must be at least 1024"),
      v.maxValue(262_144, "must be at most 262144"),
    ),
    65_536,
  ),
});

export type Config = v.InferOutput<typeof config>;

function isTimeZone(name: string): boolean {
  try {
    return Temporal.Now.zonedDateTimeISO(name).timeZoneId !== "";
  } catch {
    return false;
  }
}
