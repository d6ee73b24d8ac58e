/**
 * What an operator may set for a source of call detail records.
 *
 * @module
 */
import * as v from "valibot";
import { templateOf, TEMPLATES } from "./freeswitch.ts";

const ZONE = 'must be a zone such as "Europe/Vienna", "UTC" or "+02:00"';

const TEMPLATE = `must be ${Object.keys(TEMPLATES).map((name) => `"${name}"`).join(", ")} or ` +
  'a template of cdr_csv.conf.xml such as "${uuid}","${start_stamp}"';

export const config = v.strictObject({
  paths: v.pipe(
    v.array(
      v.pipe(v.string(), v.nonEmpty("must be a file or a glob, not empty")),
      "must be a list of files or globs",
    ),
    v.minLength(1, "must name at least one file or glob"),
  ),
  format: v.optional(
    v.picklist(
      ["auto", "cucm", "asterisk", "freeswitch", "graph", "3gpp"],
      'must be "auto", "cucm", "asterisk", "freeswitch", "graph" or "3gpp"',
    ),
    "auto",
  ),
  startAt: v.optional(v.picklist(["oldest", "now"], 'must be "oldest" or "now"'), "oldest"),
  timezone: v.optional(v.pipe(v.string(ZONE), v.check(isTimeZone, ZONE))),
  template: v.optional(
    v.pipe(
      v.string(TEMPLATE),
      v.transform(templateOf),
      v.check((names) => names.length > 1, TEMPLATE),
    ),
  ),
  maxRecordBytes: v.optional(
    v.pipe(
      v.number("must be a number of bytes, such as 4194304"),
      v.integer("must be a whole number of bytes"),
      v.minValue(65_536, "must be at least 65536"),
      v.maxValue(67_108_864, "must be at most 67108864"),
    ),
    4_194_304,
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
