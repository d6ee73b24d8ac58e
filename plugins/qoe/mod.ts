/**
 * Call quality: what telephones, clients and call managers measured of the media of calls.
 *
 * @module
 */
import { type Context, definePlugin, type Io, type TailCursor } from "../../sdk/mod.ts";
import { decodeText } from "../../sdk/read/decode_text.ts";
import { followRecords } from "../../sdk/read/follow_records.ts";
import type { Listener, StreamMessage } from "../../sdk/read/io.ts";
import { merge } from "../../sdk/read/merge.ts";
import { type Config, config } from "./config.ts";
import { msQoeRows } from "./ms_qoe.ts";
import { Publications, readPublished } from "./publications.ts";
import { openReader, type Sink } from "./reader.ts";
import { readReports, type ReportOrNone } from "./rfc6035.ts";
import { tables } from "./table.ts";

/** Most of a rejected report that is kept, in characters. */
const MAX_REJECT = 65_536;
/** A report that is written in pieces is whole after so long. */
const WAIT_MS = 10_000;
/** At least so often a cursor is yielded, in bytes of input. */
const CURSOR_BYTES = 512 * 1024;

type Reports = Context<Config, typeof tables>;

export default definePlugin.stream({
  name: "qoe",
  version: "1.0.0",
  summary: "Quality of calls: RFC 6035 reports, Cisco CMR, MS-QoE, Microsoft Graph",
  filesKey: "files",
  config,
  needs: ({ files, listen }: Config) => ({
    ...(files !== undefined && { read: files }),
    ...(listen !== undefined && { listen: listen.map(portOf) }),
  }),
  lossy: ({ listen }: Config) => listen !== undefined,
  tables,

  start: (): TailCursor => ({}),

  stream(context, cursor) {
    const { io, clock, config: { files, startAt, format, maxRecordBytes } } = context;
    if (files === undefined) return hear(context, cursor);
    const sink = sinkFor(context);
    const open = () => openReader(format === "auto" ? undefined : format, sink);
    const follow = { io, clock, globs: files, startAt, maxRecordBytes, waitMs: WAIT_MS, open };
    return followRecords(follow, cursor);
  },
});

async function* hear(context: Reports, cursor: TailCursor): AsyncIterable<TailCursor> {
  const { config, io, clock, gap } = context;
  const publications = new Publications(() => clock.now());
  const sink = sinkFor(context);
  for await (const batch of merge(await openAll(config, io, publications))) {
    if ("dropped" in batch) {
      gap({ reason: "ring-overflow", count: batch.dropped });
      yield cursor;
      continue;
    }
    let since = 0;
    for (const message of batch) {
      take(message, sink);
      since += message.bytes.length;
      if (since < CURSOR_BYTES) continue;
      since = 0;
      yield cursor;
    }
    yield cursor;
  }
}

function take({ bytes, from, cut }: StreamMessage, sink: Sink): void {
  const published = readPublished(bytes, cut !== undefined);
  if (published.kind === "none") {
    sink.reject(decodeText(bytes), published.why);
    return;
  }
  const text = decodeText(published.body);
  for (const one of reportsIn(text, published.format, sink.now())) {
    if ("why" in one) sink.reject(one.text, one.why);
    else sink.emit({ ...one, ReporterIp: from, UserAgent: one.UserAgent ?? published.agent });
  }
}

function reportsIn(
  text: string,
  format: "rfc6035" | "ms_qoe",
  now: number,
): readonly ReportOrNone[] {
  if (format === "rfc6035") return readReports(text, now);
  const rows = msQoeRows(text, now);
  return typeof rows === "string" ? [{ text, why: rows }] : rows;
}

function openAll(
  { listen = [], tls }: Config,
  io: Io,
  publications: Publications,
): Promise<readonly Listener<StreamMessage>[]> {
  const answer = (message: StreamMessage) => publications.answer(message);
  return Promise.all(listen.map((address): Promise<Listener<StreamMessage>> => {
    const bind = address.slice(4);
    if (address.startsWith("udp:")) return io.udp(bind, { answer });
    const framing = "content-length";
    const isTls = address.startsWith("tls:");
    return io.tcp(bind, { answer, framing, ...(isTls && tls !== undefined && { tls }) });
  }));
}

/** `tls:0.0.0.0:5061` needs `tcp:5061`. */
function portOf(listen: string): string {
  const port = listen.slice(listen.lastIndexOf(":") + 1);
  return `${listen.startsWith("udp:") ? "udp" : "tcp"}:${port}`;
}

function sinkFor({ emit, reject, clock, config }: Reports): Sink {
  const encoder = new TextEncoder();
  return {
    emit: (row) => emit.QualityReport(row),
    reject: (text, why) => {
      // Names and extensions in a report are no words that a detector would find.
      reject({ bytes: encoder.encode(text.slice(0, MAX_REJECT)), why, into: "OtherFields" });
    },
    now: () => clock.now(),
    maxRecord: config.maxRecordBytes,
  };
}
