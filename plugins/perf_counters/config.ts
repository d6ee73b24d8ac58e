/**
 * What an operator may set for a source of performance counters.
 *
 * @module
 */
import * as v from "valibot";

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

export const config = v.strictObject({
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
});

export type Config = v.InferOutput<typeof config>;
