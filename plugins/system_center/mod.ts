/**
 * System Center: alerts of Operations Manager, and the logs of Configuration Manager.
 *
 * @module
 */
import { basename } from "node:path";
import { type Context, definePlugin, type TailCursor } from "../../sdk/mod.ts";
import { followRecords } from "../../sdk/read/follow_records.ts";
import { type Config, config } from "./config.ts";
import { openReader, type Sink } from "./reader.ts";
import { tables } from "./table.ts";

/** Most of a rejected record that is kept, in characters. */
const MAX_REJECT = 65_536;
/** An entry is written at once: what waits longer for its end is cut. */
const WAIT_MS = 10_000;

export default definePlugin.stream({
  name: "system_center",
  version: "1.0.0",
  summary: "Alerts of Operations Manager and logs of Configuration Manager",
  filesKey: "files",
  config,
  needs: ({ files }: Config) => ({ read: files }),
  tables,

  start: (): TailCursor => ({}),

  stream(context, cursor) {
    const { io, clock, config: { files, startAt, maxRecordBytes, format } } = context;
    const open = (file: string) =>
      openReader(format === "auto" ? undefined : format, sinkFor(context, file));
    const follow = { io, clock, globs: files, startAt, maxRecordBytes, waitMs: WAIT_MS, open };
    return followRecords(follow, cursor);
  },
});

function sinkFor({ config, emit, reject }: Context<Config, typeof tables>, file: string): Sink {
  const encoder = new TextEncoder();
  const rejectTo = (table: keyof typeof tables) => (text: string, why: string): void =>
    reject({ bytes: encoder.encode(text.slice(0, MAX_REJECT)), why, table });
  return {
    log: {
      emit: (row) => emit.ConfigMgrLog(row),
      reject: rejectTo("ConfigMgrLog"),
      timezone: config.timezone,
      logName: basename(file.replaceAll("\\", "/")),
    },
    emitAlert: (row) => emit.Alert(row),
    rejectAlert: rejectTo("Alert"),
    dateOrder: config.dateOrder,
    maxRecord: config.maxRecordBytes,
  };
}
