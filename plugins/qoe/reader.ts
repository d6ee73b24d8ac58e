/**
 * Reads one file of quality reports as it grows: finds its format, cuts it into reports, makes rows.
 *
 * @module
 */
import { line, lineEnd, skipBlank } from "../../sdk/read/text_lines.ts";
import { readRecord } from "../../sdk/read/csv.ts";
import type { RecordReader } from "../../sdk/read/follow_records.ts";
import { measureDocument } from "../../sdk/read/json_text.ts";
import { cmrRow, type Header, isHeader, isTypes } from "./cmr.ts";
import { graphRows, recordsIn } from "./graph.ts";
import { endOfReport, findReport, msQoeRows } from "./ms_qoe.ts";
import { beginsReport, nextReport, readReports } from "./rfc6035.ts";
import type { QualityRow } from "./table.ts";

export type Format = "rfc6035" | "cisco_cmr" | "ms_qoe" | "graph";

/** Where rows and what is no report go. */
export interface Sink {
  readonly emit: (row: QualityRow) => void;
  readonly reject: (text: string, why: string) => void;
  /** Wall clock in ms since the epoch: of reports that tell no time. */
  readonly now: () => number;
  /** Reports over this are given up, in characters. */
  readonly maxRecord: number;
}

interface File {
  readonly sink: Sink;
  format: Format | undefined;
  header: Header | undefined;
  /** The head of a report that is not whole yet. */
  pending: string;
}

/** A reader of one file; `format` is told by its first report where it is not given. */
export function openReader(format: Format | undefined, sink: Sink): RecordReader {
  const file: File = { sink, format, header: undefined, pending: "" };
  return {
    read: (text) => readText(file, text),
    end: () => endText(file),
    cut: (text) => sink.reject(text, "line over limit, cut"),
    learn: (text) => learnHead(file, text.trimStart()),
    get isWaiting() {
      return file.pending !== "";
    },
  };
}

function learnHead(file: File, head: string): void {
  file.format ??= formatAt(head, 0);
  const record = file.format === "cisco_cmr" ? readRecord(head, 0) : undefined;
  if (record?.kind === "record" && isHeader(record.fields)) file.header = record.fields;
}

function readText(file: File, text: string): void {
  const all = file.pending + text;
  file.pending = all.slice(readRecords(file, all));
  if (file.pending.length > file.sink.maxRecord) giveUp(file, "report over limit, cut");
}

/** No more will come of what waits: a report of lines is whole now, others never will be. */
function endText(file: File): void {
  while (file.pending !== "") {
    const { pending, format } = file;
    if (format === "rfc6035") {
      file.pending = "";
      takeReports(file, pending);
    } else if (format === "ms_qoe") {
      file.pending = "";
      takeXml(file, pending);
    } else if (format === "graph") giveUp(file, "JSON document not complete");
    else {
      const next = lineEnd(pending, 0);
      file.sink.reject(line(pending, 0), "quote not closed");
      file.pending = "";
      readText(file, pending.slice(next));
    }
  }
}

function giveUp(file: File, why: string): void {
  file.sink.reject(file.pending, why);
  file.pending = "";
}

/** Takes reports from `text` while they are whole; gives where the first begins that is not. */
function readRecords(file: File, text: string): number {
  let at = 0;
  for (;;) {
    at = skipBlank(text, at);
    if (at >= text.length) return text.length;
    file.format ??= formatAt(text, at);
    const next = readAt(file, text, at);
    if (next < 0) return at;
    at = next;
  }
}

/** Reads one report; gives where the next begins, -1 if it is not whole. */
function readAt(file: File, text: string, at: number): number {
  switch (file.format) {
    case "graph":
      return readDocument(file, text, at);
    case "ms_qoe":
      return readXmlReport(file, text, at);
    case "rfc6035":
      return readLines(file, text, at);
    case "cisco_cmr":
      return readCsv(file, text, at);
    case undefined:
      file.sink.reject(line(text, at), "format not recognised");
      return lineEnd(text, at);
  }
}

/** The format of a file by its first report; undefined if it is none that we know. */
function formatAt(text: string, at: number): Format | undefined {
  if (text[at] === "{" || text[at] === "[") return "graph";
  if (beginsReport(text, at)) return "rfc6035";
  if (/^<\?xml|<VQReportEvent/.test(line(text, at))) return "ms_qoe";
  const record = readRecord(text, at);
  return record.kind === "record" && isHeader(record.fields) ? "cisco_cmr" : undefined;
}

function readLines(file: File, text: string, at: number): number {
  if (!beginsReport(text, at)) {
    file.sink.reject(line(text, at), "line of no report");
    return lineEnd(text, at);
  }
  const next = nextReport(text, at + 1);
  if (next < 0) return -1;
  takeReports(file, text.slice(at, next));
  return next;
}

function takeReports({ sink }: File, text: string): void {
  for (const one of readReports(text, sink.now())) {
    if ("why" in one) sink.reject(one.text, one.why);
    else sink.emit(one);
  }
}

/** What stands between reports is a log's other lines: they are of no call. */
function readXmlReport(file: File, text: string, at: number): number {
  const begin = findReport(text, at);
  if (begin < 0) return text.length;
  const end = endOfReport(text, begin);
  if (end < 0) return begin === at ? -1 : begin;
  takeXml(file, text.slice(begin, end));
  return end;
}

function takeXml({ sink }: File, text: string): void {
  const rows = msQoeRows(text, sink.now());
  if (typeof rows === "string") sink.reject(text.trimEnd(), rows);
  else rows.forEach(sink.emit);
}

function readCsv(file: File, text: string, at: number): number {
  const record = readRecord(text, at);
  if (record.kind === "open") return -1;
  if (record.kind === "malformed") {
    file.sink.reject(line(text, at), "text after a closing quote");
    return lineEnd(text, at);
  }
  const row = rowOf(file, record.fields);
  if (typeof row === "string") file.sink.reject(text.slice(at, record.end).trimEnd(), row);
  else if (row !== undefined) file.sink.emit(row);
  return record.end;
}

/** A row, why it is none, or undefined where the record is a header. */
function rowOf(file: File, fields: readonly string[]): QualityRow | string | undefined {
  if (isHeader(fields)) {
    file.header = fields;
    return undefined;
  }
  if (file.header === undefined) return "no header line before it";
  return isTypes(fields) ? undefined : cmrRow(file.header, fields);
}

function readDocument({ sink }: File, text: string, at: number): number {
  if (text[at] !== "{" && text[at] !== "[") {
    sink.reject(line(text, at), "no JSON document");
    return lineEnd(text, at);
  }
  const extent = measureDocument(text, at);
  if (extent.kind === "open") return -1;
  const document = text.slice(at, extent.end);
  const json = extent.kind === "document" ? parseJson(document) : undefined;
  if (json === undefined) sink.reject(document.trimEnd(), "JSON not valid");
  else {
    for (const record of recordsIn(json)) {
      const rows = graphRows(record, sink.now());
      if (typeof rows === "string") sink.reject(JSON.stringify(record), rows);
      else rows.forEach(sink.emit);
    }
  }
  return extent.end;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
