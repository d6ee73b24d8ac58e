/**
 * What an operator may set for a source of SQL Server's logs.
 *
 * @module
 */
import * as v from "valibot";
import { byteLimit, fileGlobs, startAt, timeZone } from "../../sdk/source_settings.ts";

export const config = v.strictObject({
  paths: v.optional(
    fileGlobs("/var/opt/mssql/log/errorlog*"),
    [
      "C:/Program Files/Microsoft SQL Server/MSSQL*/MSSQL/Log/ERRORLOG*",
      "/var/opt/mssql/log/errorlog*",
    ],
  ),
  startAt,
  timezone: v.optional(timeZone),
  maxLineBytes: byteLimit({ least: 1024, most: 262_144, usual: 65_536 }),
});

export type Config = v.InferOutput<typeof config>;
