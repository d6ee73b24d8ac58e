/**
 * What an operator may set for a source of System Center's logs and alerts.
 *
 * @module
 */
import * as v from "valibot";
import { byteLimit, fileGlobs, startAt, timeZone } from "../../sdk/source_settings.ts";

export const config = v.strictObject({
  files: v.optional(
    fileGlobs("C:/Windows/CCM/Logs/*.log"),
    ["C:/Windows/CCM/Logs/*.lo[g_]"],
  ),
  format: v.optional(
    v.picklist(
      ["auto", "log", "json", "csv"],
      'must be "auto", "log" (Configuration Manager), "json" or "csv" (alerts)',
    ),
    "auto",
  ),
  startAt,
  timezone: v.optional(timeZone),
  dateOrder: v.optional(
    v.picklist(["mdy", "dmy"], 'must be "mdy" (6/30/2026) or "dmy" (30/6/2026)'),
    "mdy",
  ),
  maxRecordBytes: byteLimit({ least: 65_536, most: 67_108_864, usual: 1_048_576 }),
});

export type Config = v.InferOutput<typeof config>;
