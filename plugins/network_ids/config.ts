/**
 * What a user may write under `network_ids:`.
 *
 * @module
 */
import * as v from "valibot";

const files = "must be a list of files or globs, such as [/var/log/suricata/eve.json]";

export const config = v.strictObject({
  files: v.pipe(
    v.array(v.pipe(v.string(files), v.nonEmpty("must be a file or a glob, not empty")), files),
    v.minLength(1, "must name at least one file or glob"),
  ),
  startAt: v.optional(v.picklist(["oldest", "now"], 'must be "oldest" or "now"'), "oldest"),
  maxLineBytes: v.optional(
    v.pipe(
      v.number("must be a number of bytes, such as 1048576"),
      v.integer("must be a whole number of bytes"),
      v.minValue(16_384, "must be at least 16384"),
      v.maxValue(4_194_304, "must be at most 4194304"),
    ),
    1_048_576,
  ),
});

export type Config = v.InferOutput<typeof config>;
