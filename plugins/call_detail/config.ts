/**
 * What an operator may set for a source of call detail records.
 *
 * @module
 */
import * as v from "valibot";
import { byteLimit, fileGlobs, startAt, timeZone } from "../../sdk/source_settings.ts";
import { templateOf, TEMPLATES } from "./freeswitch.ts";

const TEMPLATE = `must be ${Object.keys(TEMPLATES).map((name) => `"${name}"`).join(", ")} or ` +
  'a template of cdr_csv.conf.xml such as "${uuid}","${start_stamp}"';

export const config = v.strictObject({
  files: fileGlobs("/var/log/asterisk/cdr-csv/*.csv"),
  format: v.optional(
    v.picklist(
      ["auto", "cucm", "asterisk", "freeswitch", "graph", "3gpp"],
      'must be "auto", "cucm", "asterisk", "freeswitch", "graph" or "3gpp"',
    ),
    "auto",
  ),
  startAt,
  timezone: v.optional(timeZone),
  template: v.optional(
    v.pipe(
      v.string(TEMPLATE),
      v.transform(templateOf),
      v.check((names) => names.length > 1, TEMPLATE),
    ),
  ),
  maxRecordBytes: byteLimit({ least: 65_536, most: 67_108_864, usual: 4_194_304 }),
});

export type Config = v.InferOutput<typeof config>;
