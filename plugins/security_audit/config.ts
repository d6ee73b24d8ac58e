/**
 * What a user may write under `security_audit:`.
 *
 * @module
 */
import * as v from "valibot";
import {
  byteLimit,
  eventPlaces,
  fileGlobs,
  queriesChannels,
  startAt,
} from "../../sdk/source_settings.ts";

export const config = v.pipe(
  v.strictObject({
    ...eventPlaces,
    /** Which system's log it is. */
    kind: v.optional(
      v.picklist(["auto", "linux", "windows"], 'must be "auto", "linux" or "windows"'),
      "auto",
    ),
    files: v.optional(
      fileGlobs("/var/log/audit/audit.log*"),
      ["/var/log/audit/audit.log*"],
    ),
    startAt,
    maxLineBytes: byteLimit({
      least: 9_216,
      most: 1_048_576,
      usual: 65_536,
      why: "the kernel's longest record",
    }),
  }),
  queriesChannels(),
);

export type Config = v.InferOutput<typeof config>;
