/**
 * What an operator may set for a source of SQL Server's logs.
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
  timeZone,
} from "../../sdk/source_settings.ts";

const ERROR_LOGS = [
  "C:/Program Files/Microsoft SQL Server/MSSQL*/MSSQL/Log/ERRORLOG*",
  "/var/opt/mssql/log/errorlog*",
];

const settings = v.strictObject({
  files: v.optional(fileGlobs("/var/opt/mssql/log/errorlog*")),
  /** Of the running Windows host, in which SQL Server writes: such as [Application]. */
  channels: eventPlaces.channels,
  query: eventPlaces.query,
  startAt,
  timezone: v.optional(timeZone),
  maxLineBytes: byteLimit({ least: 1024, most: 262_144, usual: 65_536 }),
});

/** Logins stand in the error log and in the event log: the former is read unless one is named. */
export const config = v.pipe(
  settings,
  queriesChannels(),
  v.transform(({ files, ...others }) => ({
    ...others,
    files: files ?? (others.channels === undefined ? ERROR_LOGS : []),
  })),
);

export type Config = v.InferOutput<typeof config>;
