/**
 * Call detail records: who called whom, when, for how long.
 *
 * @module
 */
import { type Context, definePlugin, type TailCursor } from "../../sdk/mod.ts";
import { followRecords } from "../../sdk/read/follow_records.ts";
import { readCdrFile } from "./cdr_reader.ts";
import { type Config, config } from "./config.ts";
import { openReader, type Sink } from "./reader.ts";
import { type CallRow, tables } from "./table.ts";

/** Most of a rejected record that is kept, in characters or bytes. */
const MAX_REJECT = 65_536;

type Calls = Context<Config, typeof tables>;

export default definePlugin.stream({
  name: "call_detail",
  version: "1.0.0",
  summary: "Call detail records of CUCM, Asterisk, FreeSWITCH, Microsoft Teams and 3GPP networks",
  filesKey: "files",
  config,
  needs: ({ files }: Config) => ({ read: files }),
  tables,

  start: (): TailCursor => ({}),

  stream(context, cursor) {
    const { io, clock, config: { files, startAt, maxRecordBytes, format } } = context;
    if (format === "3gpp") return readWhole(context, cursor);
    const sink = sinkFor(context);
    const open = () => openReader(format === "auto" ? undefined : format, sink);
    return followRecords({ io, clock, globs: files, startAt, maxRecordBytes, open }, cursor);
  },
});

/** Files of 3GPP records are binary: each is read whole, once it has not changed for a while. */
async function* readWhole(context: Calls, cursor: TailCursor): AsyncIterable<TailCursor> {
  const { io, emit, reject, gap, config: { files } } = context;
  const sink = {
    emit: (row: CallRow) => emit.CallDetail(row),
    rejectBytes: (bytes: Uint8Array, why: string) => {
      reject({ bytes: bytes.subarray(0, MAX_REJECT), why, into: "OtherFields" });
    },
    gap,
  };
  for await (const file of io.files(files, cursor)) {
    readCdrFile(file.bytes, sink);
    yield file.cursor;
  }
}

function sinkFor(context: Calls): Sink {
  const encoder = new TextEncoder();
  return {
    emit: (row) => context.emit.CallDetail(row),
    reject: (text, why) => {
      // Names and extensions in a record are no words that a detector would find.
      const bytes = encoder.encode(text.slice(0, MAX_REJECT));
      context.reject({ bytes, why, into: "OtherFields" });
    },
    timezone: context.config.timezone,
    template: context.config.template,
    maxRecord: context.config.maxRecordBytes,
  };
}
