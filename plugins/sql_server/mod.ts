/**
 * SQL Server: its error log, the logins and errors in it, and the records of its audits.
 *
 * @module
 */
import { type Context, definePlugin, type TailChunk, type TailCursor } from "../../sdk/mod.ts";
import { decodeText } from "../../sdk/read/decode_text.ts";
import { type EventPlaces, type EventsCursor, followEvents } from "../../sdk/read/follow_events.ts";
import { merge } from "../../sdk/read/merge.ts";
import { type Config, config } from "./config.ts";
import { readErrorLog, type Sink, startsRecord } from "./error_log.ts";
import { type EventRow, eventRow } from "./events.ts";
import { tables } from "./table.ts";

/** Where to go on: in error logs, in files of events, and in channels of the host. */
type Cursor = {
  readonly logs: TailCursor;
  readonly events: EventsCursor;
  readonly live: EventsCursor;
};
type SqlServer = Context<Config, typeof tables>;

/** Files of events by the end of their names; all others are error logs. */
const EVENT_FILE = /\.(?:evtx|xml)$/i;

export default definePlugin.stream({
  name: "sql_server",
  version: "1.0.0",
  summary: "SQL Server's error log with logins and errors, and its audit records",
  filesKey: "files",
  config,
  needs: ({ files }: Config) => ({ read: files }),
  tables,

  start: (): Cursor => ({ logs: {}, events: null, live: null }),

  async *stream(context, from) {
    const { files, channels, query, startAt, maxLineBytes } = context.config;
    const logPaths = files.filter((path) => !EVENT_FILE.test(path));
    const eventPaths = files.filter((path) => EVENT_FILE.test(path));
    const options = { startAt, maxLineBytes, startsRecord };
    const sources: AsyncIterable<TailChunk | EventBlock>[] = [];
    if (logPaths.length > 0) sources.push(context.io.tail(logPaths, from.logs, options));
    if (eventPaths.length > 0) sources.push(readEvents(context, { files: eventPaths }, from));
    if (channels !== undefined) sources.push(readEvents(context, { channels, query }, from));
    let cursor: Cursor = from;
    for await (const given of merge(sources)) {
      if ("rows" in given) {
        for (const row of given.rows) addEvent(context, row);
        cursor = { ...cursor, ...given.cursor };
      } else {
        addLines(context, given);
        cursor = { ...cursor, logs: given.cursor };
      }
      yield cursor;
    }
  },
});

/** Rows of one block of a file or of what a channel had, with where to go on after them. */
interface EventBlock {
  readonly rows: readonly EventRow[];
  readonly cursor: Pick<Cursor, "events"> | Pick<Cursor, "live">;
}

/** Rows are kept until their cursor is known: that of an error log must not come between. */
async function* readEvents(
  context: SqlServer,
  places: EventPlaces,
  { events, live }: Cursor,
): AsyncIterable<EventBlock> {
  const isLive = places.channels !== undefined;
  let rows: EventRow[] = [];
  const reader = {
    context,
    take: (event: Parameters<typeof eventRow>[0]) => {
      const row = eventRow(event);
      if (row !== undefined) rows.push(row);
      else context.filter("other_providers");
    },
  };
  for await (const cursor of followEvents(reader, places, isLive ? live : events)) {
    yield { rows, cursor: isLive ? { live: cursor } : { events: cursor } };
    rows = [];
  }
}

function addEvent({ emit, reject }: SqlServer, given: EventRow): void {
  if ("why" in given) {
    const { text, why, table } = given;
    reject({ bytes: new TextEncoder().encode(text), why, table });
  } else if (given.table === "SQLErrorLog") emit.SQLErrorLog(given.row);
  else emit.SQLSecurityAuditEvents(given.row);
}

function addLines(context: SqlServer, { bytes, cut, file }: TailChunk): void {
  if (cut === undefined) readErrorLog(decodeText(bytes), sinkFor(context, file));
  else context.reject({ bytes, why: "line over limit, cut" });
}

function sinkFor(context: SqlServer, file: string): Sink {
  const encoder = new TextEncoder();
  return {
    emit: (row) => context.emit.SQLErrorLog(row),
    reject: (text, why) => context.reject({ bytes: encoder.encode(text.trimEnd()), why }),
    timezone: context.config.timezone,
    instance: instanceOf(file),
  };
}

/** The instance whose folder `file` lies in: `…/MSSQL15.SQLEXPRESS/MSSQL/Log/ERRORLOG`. */
function instanceOf(file: string): string | undefined {
  return /[\\/]MSSQL\d+(?:_\d+)?\.([^\\/]+)[\\/]/i.exec(file)?.[1];
}
