/**
 * What a user may write under `integrity:`.
 *
 * @module
 */
import * as v from "valibot";
import { duration } from "../../sdk/source_settings.ts";

const flag = v.boolean("must be true or false");
const whole = v.pipe(v.number("must be a number"), v.integer("must be a whole number"));

const files = v.strictObject({
  /** From one pass over all files to the next. */
  every: v.optional(duration("1s", "24h"), "60s"),
  /** From one pass that hashes everything to the next. */
  thorough: v.optional(duration("1s", "24h"), "24h"),
  /** Besides those that are watched anyway. */
  paths: v.optional(
    v.array(
      v.pipe(
        v.string("must be a path"),
        v.regex(/^\/[^/]/, 'must be an absolute path or glob, such as "/usr/local/bin/*"'),
      ),
    ),
    [],
  ),
  persistence: v.optional(flag, true),
  configuration: v.optional(flag, true),
  maxFiles: v.optional(
    v.pipe(whole, v.minValue(1, "must be at least 1"), v.maxValue(50_000, "must be at most 50000")),
    20_000,
  ),
  maxFileBytes: v.optional(
    v.pipe(
      whole,
      v.minValue(1024, "must be at least 1024"),
      v.maxValue(1_073_741_824, "must be at most 1073741824"),
    ),
    67_108_864,
  ),
});

const processes = v.strictObject({ every: v.optional(duration("1s", "24h"), "1s") });
const ports = v.strictObject({ every: v.optional(duration("1s", "24h"), "5s") });
const off = v.literal(false, "must be false, or settings");

/** Each part is on with its defaults, off, or as its settings say. */
export const config = v.pipe(
  v.strictObject({
    /** Where the host's own root is, for an agent in a container. */
    root: v.optional(
      v.pipe(v.string(), v.regex(/^\//, 'must be an absolute path, such as "/host"')),
      "/",
    ),
    files: v.optional(v.lazy((input) => (input === false ? off : files)), {}),
    processes: v.optional(v.lazy((input) => (input === false ? off : processes)), {}),
    ports: v.optional(v.lazy((input) => (input === false ? off : ports)), {}),
  }),
  v.check(
    ({ files: a, processes: b, ports: c }) => a !== false || b !== false || c !== false,
    'must watch something: "files", "processes" and "ports" are all false',
  ),
);

export type Config = v.InferOutput<typeof config>;
