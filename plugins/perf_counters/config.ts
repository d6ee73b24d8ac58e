/**
 * What an operator may set for a source of performance counters.
 *
 * @module
 */
import * as v from "valibot";
import { duration, fileGlobs, startAt, text, timeZone } from "../../sdk/source_settings.ts";
import { parseCounterPath } from "./counter_path.ts";
import { DEFAULT_PATHS } from "./live.ts";

const selector = v.strictObject({
  object: v.optional(text),
  counter: v.optional(text),
  instance: v.optional(v.string()),
});

const FILE = "must be a file below /proc or /sys";

const custom = v.pipe(
  v.strictObject({
    object: text,
    counter: text,
    instance: v.optional(v.string(), ""),
    file: v.pipe(v.string(FILE), v.regex(/^\/(proc|sys)\/(?!.*\.\.)/, FILE)),
    field: v.optional(text),
    pattern: v.optional(text),
    column: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1, "must be at least 1")), 1),
    kind: v.optional(v.picklist(["gauge", "rate"], 'must be "gauge" or "rate"'), "gauge"),
    scale: v.optional(v.pipe(v.number(), v.finite("must be a number")), 1),
  }),
  v.check(
    ({ field, pattern }) => field === undefined || pattern === undefined,
    'must have "field" or "pattern", not both',
  ),
);

const PATH = String.raw`must be a counter such as "\Processor(*)\% Processor Time"`;
export const config = v.pipe(
  v.strictObject({
    every: v.optional(duration("1s", "1h"), "15s"),
    counters: v.optional(
      v.pipe(v.array(selector), v.minLength(1, "must select at least one counter")),
      [{}],
    ),
    exclude: v.optional(v.array(selector), [
      { object: "Physical Disk", instance: "loop*" },
      { object: "Physical Disk", instance: "ram*" },
    ]),
    custom: v.optional(v.array(custom), []),
    cgroupDepth: v.optional(
      v.pipe(
        v.number("must be a number of levels, from 0 to 8"),
        v.integer("must be a whole number"),
        v.minValue(0, "must be at least 0"),
        v.maxValue(8, "must be at most 8"),
      ),
      1,
    ),
    windows: v.optional(
      v.pipe(
        v.array(
          v.pipe(v.string(PATH), v.check((path) => parseCounterPath(path) !== undefined, PATH)),
        ),
        v.minLength(1, "must name at least one counter"),
      ),
      [...DEFAULT_PATHS],
    ),
    files: v.optional(fileGlobs("C:/PerfLogs/*.csv")),
    startAt,
    timezone: v.optional(timeZone),
  }),
  v.check(
    ({ files, custom }) => files === undefined || custom.length === 0,
    'must have no "custom" with "files": nothing is read live then',
  ),
);

export type Config = v.InferOutput<typeof config>;
