/**
 * What an operator may set for a source of System Center's logs and alerts.
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
    ["C:/Windows/CCM/Logs/*.lo[g_]"],
  ),
  format: v.optional(
    v.picklist(
      ["auto", "log", "json", "csv"],
      'must be "auto", "log" (Configuration Manager), "json" or "csv" (alerts)',
    ),
    "auto",
  ),
  startAt: v.optional(v.picklist(["oldest", "now"], 'must be "oldest" or "now"'), "oldest"),
  timezone: v.optional(v.pipe(v.string(ZONE), v.check(isTimeZone, ZONE))),
  dateOrder: v.optional(
    v.picklist(["mdy", "dmy"], 'must be "mdy" (6/30/2026) or "dmy" (30/6/2026)'),
    "mdy",
  ),
  maxRecordBytes: v.optional(
    v.pipe(
      v.number("must be a number of bytes, such as 1048576"),
      v.integer("must be a whole number of bytes"),
      v.minValue(65_536, "must be at least 65536"),
      v.maxValue(67_108_864, "must be at most 67108864"),
    ),
    1_048_576,
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
