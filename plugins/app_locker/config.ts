/**
 * What an operator may set for a source of AppLocker events.
 *
 * @module
 */
import * as v from "valibot";

export const config = v.strictObject({
  files: v.pipe(
    v.array(
      v.pipe(v.string(), v.nonEmpty("must be a file or a glob, not empty")),
      "must be a list of files or globs",
    ),
    v.minLength(1, "must name at least one file or glob"),
  ),
});

export type Config = v.InferOutput<typeof config>;
