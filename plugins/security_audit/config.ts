/**
 * What a user may write under `security_audit:`.
 *
 * @module
 */
import * as v from "valibot";
import { byteLimit, channels, fileGlobs, startAt } from "../../sdk/source_settings.ts";

export const config = v.strictObject({
  /** Which system's log it is. */
  kind: v.optional(
    v.picklist(["auto", "linux", "windows"], 'must be "auto", "linux" or "windows"'),
    "auto",
  ),
  files: v.optional(
    fileGlobs("/var/log/audit/audit.log*"),
    ["/var/log/audit/audit.log*"],
  ),
  /** Of a running Windows host, in the place of files: such as [Security]. */
  channels: v.optional(channels),
  startAt,
  maxLineBytes: byteLimit({
    least: 9_216,
    most: 1_048_576,
    usual: 65_536,
    why: "the kernel's longest record",
  }),
});

export type Config = v.InferOutput<typeof config>;
