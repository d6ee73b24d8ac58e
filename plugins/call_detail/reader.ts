/**
 * Reads one file of call records as it grows: finds its format, cuts it into records, makes rows.
 *
 * @module
 */
import { line, lineEnd, skipBlank } from "../../sdk/read/text_lines.ts";
import { asteriskRow, looksLikeAsterisk } from "./asterisk.ts";
import { readRecord } from "../../sdk/read/csv.ts";
import { cucmRow, type Header, isHeader, isTypes } from "./cucm.ts";
import {
  freeswitchCsvRow,
  freeswitchJsonRow,
  freeswitchXmlRow,
  guessTemplate,
  type Template,
} from "./freeswitch.ts";
import { graphRows, recordsIn } from "./graph.ts";
import { pstnRow } from "./graph_pstn.ts";
import type { RecordReader } from "../../sdk/read/follow_records.ts";
import { measureDocument } from "../../sdk/read/json_text.ts";
import { readXml, XmlError } from "../../sdk/read/xml.ts";
import type { CallRow } from "./table.ts";

export type Format = "cucm" | "asterisk" | "freeswitch" | "graph";

/** What a file's text so far says about what follows. */
export interface CallFile {
  format: Format | undefined;
  header: Header | undefined;
  /** Of FreeSWITCH's lines. */
  template: Template | undefined;
  /** The head of a record that is not whole yet. */
  pending: string;
}

export function makeCallFile(format: Format | undefined): CallFile {
  return { format, header: undefined, template: undefined, pending: "" };
}

/** Where rows and what is no record go. */
export interface Sink {
  readonly emit: (row: CallRow) => void;
  readonly reject: (text: string, why: string) => void;
  readonly timezone: string | undefined;
  /** Of FreeSWITCH's lines; undefined: told by the first one. */
  readonly template: Template | undefined;
  /** Records over this are given up, in characters. */
  readonly maxRecord: number;
}

/** A reader of one file; `format` is told by its first record where it is not given. */
export function openReader(format: Format | undefined, sink: Sink): RecordReader {
  const file = makeCallFile(format);
  return {
    read: (text) => readText(file, text, sink),
    end: () => endText(file, sink),
    cut: (text) => sink.reject(text, "line over limit, cut"),
    learn: (text) => learnHead(file, text.trimStart()),
    get isWaiting() {
      return file.pending !== "";
    },
  };
}

/** Sets what `file` would know had it been read from its start. */
function learnHead(file: CallFile, head: string): void {
  file.format ??= formatAt(head, 0);
  const record = file.format === "cucm" ? readRecord(head, 0) : undefined;
  if (record?.kind === "record" && isHeader(record.fields)) file.header = record.fields;
}

/** Adds the records of `text`; what is not whole waits in `file.pending`. */
export function readText(file: CallFile, text: string, sink: Sink): void {
  const all = file.pending + text;
  const rest = readRecords(file, all, sink);
  file.pending = all.slice(rest);
  if (file.pending.length > sink.maxRecord) giveUp(file, "record over limit, cut", sink);
}

/** No more text will come: what waits is no record. */
export function endText(file: CallFile, sink: Sink): void {
  while (file.pending !== "") {
    if (isJson(file.pending, 0)) giveUp(file, "JSON document not complete", sink);
    else if (file.pending.startsWith("<")) giveUp(file, "XML document not complete", sink);
    else {
      const all = file.pending;
      const next = lineEnd(all, 0);
      sink.reject(line(all, 0), "quote not closed");
      file.pending = all.slice(next);
      readText(file, "", sink);
    }
  }
}

function giveUp(file: CallFile, why: string, sink: Sink): void {
  sink.reject(file.pending, why);
  file.pending = "";
}

/** Takes records from `text` while they are whole; gives where the first begins that is not. */
function readRecords(file: CallFile, text: string, sink: Sink): number {
  let at = 0;
  for (;;) {
    at = skipBlank(text, at);
    if (at >= text.length) return text.length;
    file.format ??= formatAt(text, at);
    const next = readAt(file, { text, at }, sink);
    if (next < 0) return at;
    at = next;
  }
}

interface Place {
  readonly text: string;
  readonly at: number;
}

/** Reads one record; gives where the next begins, -1 if it is not whole. */
function readAt(file: CallFile, { text, at }: Place, sink: Sink): number {
  const mayBeDocument = file.format === "graph" || file.format === "freeswitch";
  if (mayBeDocument && isJson(text, at)) return readDocument(text, at, sink);
  if (file.format === "freeswitch" && text[at] === "<") return readXmlRecord(text, at, sink);
  if (file.format !== "graph") return readCsv(file, { text, at }, sink);
  sink.reject(line(text, at), "no JSON document");
  return lineEnd(text, at);
}

function isJson(text: string, at: number): boolean {
  return text[at] === "{" || text[at] === "[";
}

/** The format of a file by its first record; undefined if it is none that we know. */
function formatAt(text: string, at: number): Format | undefined {
  if (isJson(text, at)) return "graph";
  if (/^<(\?xml|cdr)[ >]/.test(text.slice(at, at + 6))) return "freeswitch";
  const record = readRecord(text, at);
  if (record.kind !== "record") return undefined;
  if (isHeader(record.fields)) return "cucm";
  if (looksLikeAsterisk(record.fields)) return "asterisk";
  return guessTemplate(record.fields) === undefined ? undefined : "freeswitch";
}

/** Reads one CSV record; gives where the next begins, -1 if it is not whole. */
function readCsv(file: CallFile, { text, at }: Place, sink: Sink): number {
  const record = readRecord(text, at);
  if (record.kind === "open") return -1;
  if (record.kind === "malformed") {
    sink.reject(line(text, at), "text after a closing quote");
    return lineEnd(text, at);
  }
  const row = rowOf(file, record.fields, sink);
  if (typeof row === "string") sink.reject(text.slice(at, record.end).trimEnd(), row);
  else if (row !== undefined) sink.emit(row);
  return record.end;
}

/** A row, why it is none, or undefined where the record is a header. */
function rowOf(
  file: CallFile,
  fields: readonly string[],
  { timezone, template }: Sink,
): CallRow | string | undefined {
  if (file.format === undefined) {
    return (fields[0] ?? "").includes("\0")
      ? "binary, 3GPP's have format: 3gpp"
      : "format not recognised";
  }
  if (file.format === "asterisk") return asteriskRow(fields, timezone);
  if (file.format === "freeswitch") {
    file.template ??= template ?? guessTemplate(fields);
    if (file.template === undefined) return "no line of a template that is known";
    return freeswitchCsvRow(file.template, fields, timezone);
  }
  if (isHeader(fields)) {
    file.header = fields;
    return undefined;
  }
  if (file.header === undefined) return "no header line before it";
  return isTypes(fields) ? undefined : cucmRow(file.header, fields);
}

/** Reads one JSON document; gives where the next begins, -1 if it is not whole. */
function readDocument(text: string, at: number, sink: Sink): number {
  const extent = measureDocument(text, at);
  if (extent.kind === "open") return -1;
  const document = text.slice(at, extent.end);
  const json = extent.kind === "document" ? parseJson(document) : undefined;
  if (json === undefined) sink.reject(document.trimEnd(), "JSON not valid");
  else {
    for (const record of recordsIn(json)) {
      const one = freeswitchJsonRow(record, sink.timezone) ?? pstnRow(record);
      const rows = typeof one === "object" ? [one] : one ?? graphRows(record);
      if (typeof rows === "string") sink.reject(JSON.stringify(record), rows);
      else rows.forEach(sink.emit);
    }
  }
  return extent.end;
}

const XML_END = "</cdr>";

/** Reads one document of `mod_xml_cdr`; gives where the next begins, -1 if it is not whole. */
function readXmlRecord(text: string, at: number, sink: Sink): number {
  const close = text.indexOf(XML_END, at);
  if (close < 0) return -1;
  const end = close + XML_END.length;
  const document = text.slice(at, end);
  const row = xmlRow(document, sink.timezone);
  if (typeof row === "string") sink.reject(document, row);
  else sink.emit(row);
  return end;
}

function xmlRow(document: string, timezone: string | undefined): CallRow | string {
  try {
    return freeswitchXmlRow(readXml(document).root, timezone);
  } catch (error) {
    if (error instanceof XmlError) return "XML not valid";
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
