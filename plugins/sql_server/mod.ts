/**
 * SQL Server: its error log, the logins and errors in it, and the records of its audits.
 *
 * @module
 */
import { type Context, definePlugin, type TailCursor } from "../../sdk/mod.ts";
import { decodeText } from "../../sdk/read/decode_text.ts";
import { type Config, config } from "./config.ts";
import { readErrorLog, type Sink, startsRecord } from "./error_log.ts";
import { tables } from "./table.ts";

export default definePlugin.stream({
  name: "sql_server",
  version: "1.0.0",
  summary: "SQL Server's error log with logins and errors, and its audit records",
  filesKey: "paths",
  config,
  needs: ({ paths }: Config) => ({ read: paths }),
  tables,

  start: (): TailCursor => ({}),

  async *stream(context, cursor) {
    const { paths, startAt, maxLineBytes } = context.config;
    const options = { startAt, maxLineBytes, startsRecord };
    for await (const chunk of context.io.tail(paths, cursor, options)) {
      if (chunk.cut === undefined) {
        readErrorLog(decodeText(chunk.bytes), sinkFor(context, chunk.file));
      } else context.reject({ bytes: chunk.bytes, why: "line over limit, cut" });
      yield chunk.cursor;
    }
  },
});

function sinkFor(context: Context<Config, typeof tables>, file: string): Sink {
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
