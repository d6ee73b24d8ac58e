/**
 * Any log of text, JSON, logfmt or CSV, by a small pattern that the operator declares.
 *
 * @module
 */
import { type Context, definePlugin, type Tables, type TailCursor } from "../../sdk/mod.ts";
import { decodeText } from "../../sdk/read/decode_text.ts";
import { followRecords } from "../../sdk/read/follow_records.ts";
import type { JsonObject } from "../../sdk/read/json_fields.ts";
import { type Config, config } from "./config.ts";
import { CsvFile } from "./csv_file.ts";
import { recordReader, recordStart } from "./records.ts";
import { RowMaker } from "./row.ts";
import { tableOf } from "./table.ts";

/** It has the tables of its config. */
const NONE: Tables = {};

type FileContext = Context<Config, Tables>;

export default definePlugin.stream({
  name: "file",
  version: "1.0.0",
  summary: "Any log of text, JSON, logfmt or CSV, by a pattern that you declare",
  config,
  filesKey: "files",
  needs: ({ files }: Config) => ({ read: files }),
  tables: NONE,
  configuredTables: (declared: Config) => ({ [declared.table]: tableOf(declared) }),

  start: (): TailCursor => ({}),

  stream: (context, cursor) =>
    context.config.format === "csv" ? readCsv(context, cursor) : readLines(context, cursor),
});

async function* readLines(context: FileContext, from: TailCursor): AsyncIterable<TailCursor> {
  const { files, startAt, maxLineBytes } = context.config;
  const sink = sinkOf(context);
  const read = recordReader(context.config);
  const startsRecord = recordStart(context.config);
  const options = { startAt, maxLineBytes, ...(startsRecord && { startsRecord }) };
  for await (const chunk of context.io.tail(files, from, options)) {
    const { bytes, cut, file } = chunk;
    if (cut !== undefined) sink.reject(bytes, "line over limit, cut");
    for (const record of cut === undefined ? recordsIn(bytes, startsRecord) : []) {
      const text = decodeText(record);
      const records = text.trim() === "" ? [] : read(text);
      if (typeof records === "string") sink.reject(record, records);
      else records.forEach((fields) => sink.take(fields, file));
    }
    yield chunk.cursor;
  }
}

function readCsv(context: FileContext, from: TailCursor): AsyncIterable<TailCursor> {
  const { io, clock, config: declared } = context;
  const { files: globs, startAt, maxLineBytes: maxRecordBytes } = declared;
  const sink = sinkOf(context);
  const encoder = new TextEncoder();
  return followRecords({
    io,
    clock,
    globs,
    startAt,
    maxRecordBytes,
    open: (file) =>
      new CsvFile(declared, {
        take: (fields) => sink.take(fields, file),
        reject: (text, why) => sink.reject(encoder.encode(text), why),
      }),
  }, from);
}

function sinkOf({ config: declared, emit, reject, clock }: FileContext) {
  const { table } = declared;
  const rows = new RowMaker(declared);
  const add = emit[table];
  if (add === undefined) throw new TypeError(`Cannot read: there is no table ${table}`);
  return {
    // RowMaker checks each type.
    take: (fields: JsonObject, file: string) => add(rows.rowOf(fields, file, clock.now())),
    reject: (bytes: Uint8Array, why: string) => reject({ bytes, why, table }),
  };
}

/** The records of whole lines, without their last line end. */
function* recordsIn(
  bytes: Uint8Array,
  starts: ((lines: Uint8Array, at: number) => boolean) | undefined,
): Iterable<Uint8Array> {
  let from = 0;
  while (from < bytes.length) {
    let end = lineEnd(bytes, from);
    while (starts !== undefined && end < bytes.length && !starts(bytes, end)) {
      end = lineEnd(bytes, end);
    }
    yield withoutLineEnd(bytes.subarray(from, end));
    from = end;
  }
}

function lineEnd(bytes: Uint8Array, from: number): number {
  const feed = bytes.indexOf(10, from);
  return feed < 0 ? bytes.length : feed + 1;
}

function withoutLineEnd(line: Uint8Array): Uint8Array {
  let end = line.length;
  if (line[end - 1] === 10) end--;
  if (line[end - 1] === 13) end--;
  return line.subarray(0, end);
}
