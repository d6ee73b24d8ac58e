/**
 * What an operator may set for a source of SQL Server's logs.
 *
 * @module
 */
import * as v from "valibot";

const ZONE = 'must be a zone such as "Europe/Vienna", "UTC" or "+02:00"';

export const config = v.strictObject({
  paths: v.optional(
    v.pipe(
      v.array(
        v.pipe(v.string(), v.nonEmpty("must be a file or a glob, not empty")),
        "must be a list of files or globs",
      ),
      v.minLength(1, "must name at least one file or glob"),
    ),
    [
      "C:/Program Files/Microsoft SQL Server/MSSQL*/MSSQL/Log/ERRORLOG*",
      "/var/opt/mssql/log/errorlog*",
    ],
  ),
  startAt: v.optional(v.picklist(["oldest", "now"], 'must be "oldest" or "now"'), "oldest"),
  timezone: v.optional(v.pipe(v.string(ZONE), v.check(isTimeZone, ZONE))),
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
