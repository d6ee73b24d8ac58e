/**
 * Reads one file of System Center as it grows: finds its format, cuts it into records, makes rows.
 *
 * @module
 */
import { readRecord } from "../../sdk/read/csv.ts";
import type { RecordReader } from "../../sdk/read/follow_records.ts";
import { measureDocument } from "../../sdk/read/json_text.ts";
import { alertRow, alertsIn } from "./alert.ts";
import { type LogSink, readLog } from "./cmtrace.ts";
import type { AlertRow } from "./table.ts";
import type { DateOrder } from "./time.ts";

export type Format = "log" | "json" | "csv";

/** Why text is no record of alerts. */
const WHY = {
  json: "JSON not valid",
  noDocument: "no JSON document",
  openDocument: "JSON document not complete",
  header: "no header line with Id and Name",
  fields: "more fields than the header",
  quote: "text after a closing quote",
  openQuote: "quote not closed",
  over: "record over limit, cut",
  line: "line over limit, cut",
} as const;

export interface Sink {
  readonly log: LogSink;
  readonly emitAlert: (row: AlertRow) => void;
  readonly rejectAlert: (text: string, why: string) => void;
  readonly dateOrder: DateOrder;
  /** Records over this are given up, in characters. */
  readonly maxRecord: number;
}

/** A reader of one file; `format` is told by how the file begins where it is not given. */
export function openReader(format: Format | undefined, sink: Sink): RecordReader {
  const file = new SystemCenterFile(format, sink);
  return {
    read: (text) => file.read(text),
    end: () => file.end(),
    cut: (text) => file.reject(text, WHY.line),
    learn: (text) => file.learn(text),
    get isWaiting() {
      return file.pending !== "";
    },
  };
}

class SystemCenterFile {
  #format: Format | undefined;
  readonly #sink: Sink;
  #header: readonly string[] | undefined;
  /** The head of a record that is not whole yet. */
  pending = "";

  constructor(format: Format | undefined, sink: Sink) {
    this.#format = format;
    this.#sink = sink;
  }

  read(text: string): void {
    const all = this.pending + text;
    this.pending = all.slice(this.#records(all, false));
    if (this.pending.length <= this.#sink.maxRecord) return;
    this.reject(this.pending, WHY.over);
    this.pending = "";
  }

  end(): void {
    const all = this.pending;
    this.pending = "";
    this.#records(all, true);
  }

  learn(head: string): void {
    this.#format ??= formatOf(head);
    if (this.#format !== "csv") return;
    const header = readRecord(head, afterBlank(head, afterType(head)));
    if (header.kind === "record") this.#header = header.fields;
  }

  reject(text: string, why: string): void {
    if (this.#format === "json" || this.#format === "csv") this.#sink.rejectAlert(text, why);
    else this.#sink.log.reject(text, why);
  }

  /** Takes what is whole of `text`, at the end all of it; gives where the rest begins. */
  #records(text: string, isEnd: boolean): number {
    this.#format ??= formatOf(text);
    switch (this.#format) {
      case "json":
        return this.#documents(text, isEnd);
      case "csv":
        return this.#lines(text, isEnd);
      case "log":
      case undefined:
        return readLog(text, this.#sink.log, isEnd);
    }
  }

  #documents(text: string, isEnd: boolean): number {
    for (let at = afterBlank(text, 0); at < text.length; at = afterBlank(text, at)) {
      if (text[at] !== "{" && text[at] !== "[") {
        const end = lineEnd(text, at);
        this.reject(text.slice(at, end).trimEnd(), WHY.noDocument);
        at = end;
        continue;
      }
      const extent = measureDocument(text, at);
      if (extent.kind === "open") {
        if (!isEnd) return at;
        this.reject(text.slice(at).trimEnd(), WHY.openDocument);
        return text.length;
      }
      this.#document(text.slice(at, extent.end));
      at = extent.end;
    }
    return text.length;
  }

  #document(text: string): void {
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch {
      this.reject(text.trimEnd(), WHY.json);
      return;
    }
    for (const object of alertsIn(document)) {
      this.#alert(object, () => JSON.stringify(object) ?? "");
    }
  }

  #lines(text: string, isEnd: boolean): number {
    for (let at = afterBlank(text, 0); at < text.length; at = afterBlank(text, at)) {
      if (text.startsWith("#TYPE", at)) {
        at = lineEnd(text, at);
        continue;
      }
      const record = readRecord(text, at);
      const isOpen = record.kind === "open" || (record.kind === "record" && !isEnd &&
        record.end === text.length && !text.endsWith("\n"));
      if (isOpen && !isEnd) return at;
      const end = record.kind === "record" ? record.end : lineEnd(text, at);
      if (record.kind === "record") this.#line(record.fields, text.slice(at, end).trimEnd());
      else {
        const why = record.kind === "open" ? WHY.openQuote : WHY.quote;
        this.reject(text.slice(at, end).trimEnd(), why);
      }
      at = end;
    }
    return text.length;
  }

  #line(fields: readonly string[], text: string): void {
    if (isHeader(fields)) this.#header = fields;
    else if (this.#header === undefined) this.reject(text, WHY.header);
    else if (fields.length > this.#header.length) this.reject(text, WHY.fields);
    else {
      const names = this.#header;
      this.#alert(Object.fromEntries(fields.map((field, i) => [names[i]!, field])), () => text);
    }
  }

  #alert(object: unknown, text: () => string): void {
    const row = alertRow(object, this.#sink.dateOrder);
    if (typeof row === "string") this.reject(text(), row);
    else this.#sink.emitAlert(row);
  }
}

/** The format of a file by how it begins; undefined while that is blank. */
function formatOf(text: string): Format | undefined {
  const at = afterBlank(text, 0);
  if (at >= text.length) return undefined;
  if (text[at] === "{" || text[at] === "[") return "json";
  if (text.startsWith("#TYPE", at)) return "csv";
  const record = readRecord(text, at);
  return record.kind === "record" && isHeader(record.fields) ? "csv" : "log";
}

/** The names of an export of alerts: never values of one. */
function isHeader(fields: readonly string[]): boolean {
  const names = new Set(fields.map((field) => field.trim().toLowerCase()));
  return (names.has("id") || names.has("alertid")) && (names.has("name") || names.has("alertname"));
}

function afterType(text: string): number {
  const at = afterBlank(text, 0);
  return text.startsWith("#TYPE", at) ? lineEnd(text, at) : at;
}

function afterBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length && /[\s\uFEFF]/.test(text[at]!)) at++;
  return at;
}

function lineEnd(text: string, from: number): number {
  const found = text.indexOf("\n", from);
  return found < 0 ? text.length : found + 1;
}
