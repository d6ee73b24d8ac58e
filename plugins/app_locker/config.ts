/**
 * What an operator may set for a source of AppLocker events.
 *
 * @module
 */
import * as v from "valibot";

export const config = v.pipe(
  v.strictObject({
    files: v.optional(v.pipe(
      v.array(
        v.pipe(v.string(), v.nonEmpty("must be a file or a glob, not empty")),
        "must be a list of files or globs",
      ),
      v.minLength(1, "must name at least one file or glob"),
    )),
    /** Logs of the running host; in the place of files. */
    channels: v.optional(
      v.pipe(
        v.array(
          v.pipe(v.string(), v.nonEmpty("must be a channel, such as System")),
          "must be a list of channels, such as [System]",
        ),
        v.minLength(1, "must name at least one channel"),
      ),
    ),
  }),
  v.check(
    ({ files, channels }) => (files === undefined) !== (channels === undefined),
    'must have "files" or "channels", one of them',
  ),
);

export type Config = v.InferOutput<typeof config>;
