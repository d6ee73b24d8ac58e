/**
 * What an operator may set for a source of IIS logs.
 *
 * @module
 */
import * as v from "valibot";
import { byteLimit, fileGlobs, startAt, timeZone } from "../../sdk/source_settings.ts";

/** Columns in which IIS writes `+` where the client sent a space. */
const PLUS_COLUMNS = [
  "csUserAgent",
  "csUserName",
  "sSiteName",
  "csHost",
  "csMethod",
  "csVersion",
] as const;

export const config = v.strictObject({
  files: v.optional(
    fileGlobs("C:/inetpub/logs/LogFiles/W3SVC*/*.log"),
    ["C:/inetpub/logs/LogFiles/W3SVC*/*.log"],
  ),
  format: v.optional(
    v.picklist(["auto", "w3c", "iis", "ncsa"], 'must be "auto", "w3c", "iis" or "ncsa"'),
    "auto",
  ),
  timezone: v.optional(timeZone),
  dateOrder: v.optional(
    v.picklist(["mdy", "dmy", "ymd"], 'must be "mdy" (6/30/26), "dmy" (30/6/26) or "ymd"'),
    "mdy",
  ),
  startAt,
  plusIsSpace: v.optional(
    v.array(v.picklist(PLUS_COLUMNS, `must be one of ${PLUS_COLUMNS.join(", ")}`)),
    ["csUserAgent", "csUserName", "sSiteName"],
  ),
  maxLineBytes: byteLimit({ least: 1024, most: 262_144, usual: 65_536 }),
});

export type Config = v.InferOutput<typeof config>;
