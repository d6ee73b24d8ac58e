/**
 * Syslog: messages of RFC 5424, RFC 3164 and network devices, also in the Common Event Format, from
 * files or from sockets; and what `journalctl -o export` writes, from files.
 *
 * @module
 */
import { definePlugin, type Emit, type Io } from "../../sdk/mod.ts";
import { decodeText } from "../../sdk/read/decode_text.ts";
import type { Listener, StreamMessage, TailCursor } from "../../sdk/read/io.ts";
import { merge } from "../../sdk/read/merge.ts";
import { readCef } from "./cef/cef.ts";
import { CefRows } from "./cef/row.ts";
import { cefTable } from "./cef/table.ts";
import { type Config, config } from "./config.ts";
import { journalRecords, readJournal } from "./journal/journal.ts";
import { type CefMessage, SyslogParser } from "./parser.ts";
import { syslogTable } from "./table.ts";

/** At least so often a cursor is yielded, in bytes of input. */
const CURSOR_BYTES = 512 * 1024;

const tables = { Syslog: syslogTable, CommonSecurityLog: cefTable };

export default definePlugin.stream({
  name: "syslog",
  version: "1.0.0",
  summary: "Syslog messages, RFC 5424 and RFC 3164, from files or over UDP, TCP and TLS",
  config,
  filesKey: "files",
  needs: ({ files, listen }) => ({
    ...(files !== undefined && { read: files }),
    ...(listen !== undefined && { listen: listen.map(portOf) }),
  }),
  lossy: ({ listen }) => listen !== undefined,
  tables,

  start: (): TailCursor => ({}),

  async *stream({ config, io, write, emit, reject, gap, clock }, cursor) {
    const timezone = config.timezone ?? Temporal.Now.timeZoneId();
    const takeCef = cefTaker(timezone, emit);
    const parser = new SyslogParser({ write: write.Syslog, reject, timezone, takeCef });
    if (config.files !== undefined) {
      const options = { maxLineBytes: config.maxLineBytes, records: journalRecords };
      for await (const chunk of io.tail(config.files, cursor, options)) {
        const now = clock.now();
        parser.setNow(now);
        if (chunk.records === true) readJournal(chunk, { emit, reject, now });
        else parser.lines(chunk.bytes, chunk.cut !== undefined);
        yield chunk.cursor;
      }
      return;
    }
    for await (const batch of merge(await openAll(config, io))) {
      if ("dropped" in batch) {
        gap({ reason: "ring-overflow", count: batch.dropped });
        yield cursor;
        continue;
      }
      parser.setNow(clock.now());
      let since = 0;
      for (const { bytes, from, cut } of batch) {
        parser.message(bytes, from, cut !== undefined);
        since += bytes.length;
        if (since < CURSOR_BYTES) continue;
        since = 0;
        yield cursor;
      }
      yield cursor;
    }
  },
});

/** Gives each message in the Common Event Format its row, but those that are none after all. */
function cefTaker(timezone: string, emit: Emit<typeof tables>): (message: CefMessage) => boolean {
  const rows = new CefRows(timezone);
  return ({ bytes, header, now }) => {
    const cef = readCef(decodeText(bytes));
    if (cef === undefined) return false;
    emit.CommonSecurityLog(rows.row(cef, header, now));
    return true;
  };
}

/** Opens all listeners of `config`. */
function openAll(config: Config, io: Io): Promise<readonly Listener<StreamMessage>[]> {
  const { listen = [], tls, maxLineBytes: maxMessageBytes } = config;
  return Promise.all(listen.map((address): Promise<Listener<StreamMessage>> => {
    const bind = address.slice(4);
    if (address.startsWith("udp:")) return io.udp(bind, { maxMessageBytes });
    const isTls = address.startsWith("tls:");
    return io.tcp(bind, { maxMessageBytes, ...(isTls && tls !== undefined && { tls }) });
  }));
}

/** `tls:0.0.0.0:6514` needs `tcp:6514`. */
function portOf(listen: string): string {
  const port = listen.slice(listen.lastIndexOf(":") + 1);
  return `${listen.startsWith("udp:") ? "udp" : "tcp"}:${port}`;
}
