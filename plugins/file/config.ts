/**
 * What an operator declares of a log.
 *
 * @module
 */
import * as v from "valibot";
import { byteLimit, fileGlobs, startAt, text, timeZone } from "../../sdk/source_settings.ts";
import { parsePattern } from "./pattern.ts";
import { timeReader } from "./time_format.ts";

/** Columns that every table of this plugin has. */
export const OWN_COLUMNS = ["TimeGenerated", "Computer", "FilePath", "AdditionalFields"];

const CLASSES = [
  "public",
  "system",
  "network",
  "customer",
  "personal",
  "content",
  "secret",
] as const;
const TYPES = ["string", "int", "long", "real", "bool", "datetime", "dynamic"] as const;

/** A check whose message is that of the error that `parse` throws. */
function parses<T>(parse: (text: string) => T) {
  return v.rawCheck<string>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    try {
      parse(dataset.value);
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) });
    }
  });
}

const pattern = v.pipe(text, parses(parsePattern));

const columnName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][A-Za-z0-9_]*$/, "must be a name of letters, digits and _"),
  v.check((name) => !OWN_COLUMNS.includes(name), `must not be one of ${OWN_COLUMNS.join(", ")}`),
);

const columnConfig = v.strictObject({
  type: v.optional(v.picklist(TYPES, `must be one of ${TYPES.join(", ")}`), "string"),
  /** What the values are; it decides what leaves the host. */
  class: v.optional(v.picklist(CLASSES, `must be one of ${CLASSES.join(", ")}`), "content"),
  /** What tokens of it are compared with, such as `user`. */
  kind: v.optional(text),
  /** The field of the log, where it has another name; `a.b` is `b` in the object `a`. */
  field: v.optional(text),
  unit: v.optional(text),
  doc: v.optional(text),
  /** Of `datetime`. */
  format: v.optional(v.pipe(text, parses((format) => timeReader(format, "UTC")))),
});

export const config = v.pipe(
  v.strictObject({
    files: fileGlobs(),
    /** Custom tables end with `_CL`, as in Azure Monitor. */
    table: v.pipe(
      v.string('must be a name such as "AppLog_CL"'),
      v.regex(/^[A-Za-z][A-Za-z0-9_]{0,44}_CL$/, 'must be a name such as "AppLog_CL"'),
    ),
    format: v.picklist(
      ["text", "json", "logfmt", "csv"],
      'must be "text", "json", "logfmt" or "csv"',
    ),
    /** Of text: one or several, of which the first that matches counts. */
    pattern: v.optional(
      v.pipe(
        v.union(
          [v.string(), v.array(v.string())],
          'must be a pattern such as "{time} {level} {message}", or a list of them',
        ),
        v.transform((one) => (typeof one === "string" ? [one] : one)),
        v.array(pattern),
        v.minLength(1, "must have at least one pattern"),
      ),
    ),
    time: v.optional(v.strictObject({
      field: text,
      format: v.optional(v.pipe(text, parses((format) => timeReader(format, "UTC"))), "iso"),
      zone: v.optional(timeZone),
    })),
    columns: v.optional(v.record(columnName, columnConfig), {}),
    /** How a record of several lines begins; `#` stands for a digit. */
    record: v.optional(v.strictObject({
      starts: v.optional(v.pipe(v.array(text), v.minLength(1, "must have at least one text"))),
      indented: v.optional(v.boolean("must be true or false"), false),
    })),
    /** Of csv: the first line of each file names the fields, unless they are named here. */
    header: v.optional(v.pipe(v.array(text), v.minLength(1, "must name at least one field"))),
    separator: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[^"\r\n]$/u, 'must be one character, such as ";"'),
      ),
      ",",
    ),
    startAt,
    maxLineBytes: byteLimit({ least: 1024, most: 1_048_576, usual: 65_536 }),
  }),
  v.check(
    ({ format, pattern: patterns }) => (format === "text") === (patterns !== undefined),
    '"pattern" and format "text" need each other',
  ),
  v.check(
    ({ format, record }) => format === "text" || record === undefined,
    '"record" needs format "text": the others show where a record ends',
  ),
  v.check(
    ({ format, header }) => format === "csv" || header === undefined,
    '"header" needs format "csv"',
  ),
);

export type Config = v.InferOutput<typeof config>;
export type ColumnConfig = Config["columns"][string];
