/**
 * Call detail records: who called whom, when, for how long, from Cisco, Asterisk and Teams.
 *
 * @module
 */
import { type Context, definePlugin, type TailCursor } from "../../sdk/mod.ts";
import { followRecords } from "../../sdk/read/follow_records.ts";
import { type Config, config } from "./config.ts";
import { openReader, type Sink } from "./reader.ts";
import { tables } from "./table.ts";

/** Most of a rejected record that is kept, in characters. */
const MAX_REJECT = 65_536;

type Calls = Context<Config, typeof tables>;

export default definePlugin.stream({
  name: "call_detail",
  version: "1.0.0",
  summary: "Call detail records of Cisco CUCM, Asterisk and Microsoft Teams",
  filesKey: "paths",
  config,
  needs: ({ paths }: Config) => ({ read: paths }),
  tables,

  start: (): TailCursor => ({}),

  stream(context, cursor) {
    const { io, clock, config: { paths, startAt, maxRecordBytes, format } } = context;
    const sink = sinkFor(context);
    const open = () => openReader(format === "auto" ? undefined : format, sink);
    return followRecords({ io, clock, globs: paths, startAt, maxRecordBytes, open }, cursor);
  },
});

function sinkFor(context: Calls): Sink {
  const encoder = new TextEncoder();
  return {
    emit: (row) => context.emit.CallDetail(row),
    reject: (text, why) => {
      context.reject({ bytes: encoder.encode(text.slice(0, MAX_REJECT)), why });
    },
    timezone: context.config.timezone,
    maxRecord: context.config.maxRecordBytes,
  };
}
