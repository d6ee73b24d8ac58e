/**
 * What an operator may set for a source of performance counters.
 *
 * @module
 */
import * as v from "valibot";
import { parseCounterPath } from "./counter_path.ts";
import { DEFAULT_PATHS } from "./live.ts";

const EVERY = 'must be a duration such as "15s", from "1s" to "1h"';
const MS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 } as const;
const HOUR_MS = 3_600_000;

const duration = v.pipe(
  v.string(EVERY),
  v.regex(/^\d{1,7}(ms|s|min|h)$/, EVERY),
  v.transform((text) => {
    const [, digits, unit] = /^(\d+)(ms|s|min|h)$/.exec(text) ?? [];
    return Number(digits) * (unit === "ms" || unit === "s" || unit === "min" ? MS[unit] : MS.h);
  }),
  v.minValue(1000, EVERY),
  v.maxValue(HOUR_MS, EVERY),
);

const text = v.pipe(v.string("must be text"), v.nonEmpty("must not be empty"));

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
const ZONE = 'must be a zone such as "Europe/Vienna", "UTC" or "+02:00"';

export const config = v.pipe(
  v.strictObject({
    every: v.optional(duration, "15s"),
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
    paths: v.optional(
      v.pipe(
        v.array(text, "must be a list of files or globs"),
        v.minLength(1, "must name at least one file or glob"),
      ),
    ),
    startAt: v.optional(v.picklist(["oldest", "now"], 'must be "oldest" or "now"'), "oldest"),
    timezone: v.optional(v.pipe(v.string(ZONE), v.check(isTimeZone, ZONE))),
  }),
  v.check(
    ({ paths, custom }) => paths === undefined || custom.length === 0,
    '"paths" reads files: "custom" must be in a source without it',
  ),
);

export type Config = v.InferOutput<typeof config>;

function isTimeZone(name: string): boolean {
  try {
    return Temporal.Now.zonedDateTimeISO(name).timeZoneId !== "";
  } catch {
    return false;
  }
}
