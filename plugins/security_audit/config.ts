/**
 * What a user may write under `security_audit:`.
 *
 * @module
 */
import * as v from "valibot";

const files = "must be a list of files or globs, such as [/var/log/audit/audit.log*]";

export const config = v.strictObject({
  /** Which system's log it is. */
  kind: v.optional(
    v.picklist(["auto", "linux", "windows"], 'must be "auto", "linux" or "windows"'),
    "auto",
  ),
  files: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(files), v.nonEmpty("must be a file or a glob, not empty")), files),
      v.minLength(1, "must name at least one file or glob"),
    ),
    ["/var/log/audit/audit.log*"],
  ),
  /** Of a running Windows host, in the place of files: such as [Security]. */
  channels: v.optional(
    v.pipe(
      v.array(
        v.pipe(v.string(), v.nonEmpty("must be a channel, such as System")),
        "must be a list of channels, such as [System]",
      ),
      v.minLength(1, "must name at least one channel"),
    ),
  ),
  startAt: v.optional(v.picklist(["oldest", "now"], 'must be "oldest" or "now"'), "oldest"),
  maxLineBytes: v.optional(
    v.pipe(
      v.number("must be a number of bytes, such as 65536"),
      v.integer("must be a whole number of bytes"),
      v.minValue(9_216, "must be at least 9216, the kernel's longest record"),
      v.maxValue(1_048_576, "must be at most 1048576"),
    ),
    65_536,
  ),
});

export type Config = v.InferOutput<typeof config>;
