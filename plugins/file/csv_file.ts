/**
 * One CSV file: its header, and records that may take several lines.
 *
 * @module
 */
import { readRecord } from "../../sdk/read/csv.ts";
import type { RecordReader } from "../../sdk/read/follow_records.ts";
import type { JsonObject } from "../../sdk/read/json_fields.ts";
import type { Config } from "./config.ts";

/** Where records go, and what is none. */
export interface CsvSink {
  readonly take: (fields: JsonObject) => void;
  readonly reject: (text: string, why: string) => void;
}

export class CsvFile implements RecordReader {
  readonly #separator: string;
  readonly #most: number;
  readonly #sink: CsvSink;
  #header: readonly string[] | undefined;
  #pending = "";

  constructor({ header, separator, maxLineBytes }: Config, sink: CsvSink) {
    this.#header = header;
    this.#separator = separator;
    this.#most = maxLineBytes;
    this.#sink = sink;
  }

  get isWaiting(): boolean {
    return this.#pending !== "";
  }

  read(text: string): void {
    const all = this.#pending + text;
    const rest = this.#records(all);
    this.#pending = all.slice(rest);
    if (this.#pending.length > this.#most) this.end();
  }

  /** A quote that is never closed spoils its line alone. */
  end(): void {
    while (this.isWaiting) {
      const all = this.#pending;
      const next = lineEnd(all, 0);
      this.#sink.reject(all.slice(0, next).trimEnd(), "quote not closed");
      this.#pending = all.slice(next);
      const rest = this.#records(this.#pending);
      this.#pending = this.#pending.slice(rest);
    }
  }

  cut(text: string): void {
    this.#sink.reject(text, "line over limit, cut");
  }

  learn(text: string): void {
    const record = readRecord(text.replace(/^\ufeff/, ""), 0, this.#separator);
    if (record.kind === "record") this.#header ??= record.fields;
  }

  /** Takes whole records; gives where the first begins that is not whole. */
  #records(all: string): number {
    let at = all.startsWith("\ufeff") ? 1 : 0;
    while (at < all.length) {
      const record = readRecord(all, at, this.#separator);
      if (record.kind === "open") return at;
      const end = record.kind === "record" ? record.end : lineEnd(all, at);
      const text = all.slice(at, end).trimEnd();
      if (record.kind === "malformed") this.#sink.reject(text, "text after a closing quote");
      else if (text !== "") this.#record(record.fields);
      at = end;
    }
    return at;
  }

  #record(cells: readonly string[]): void {
    if (this.#header === undefined) {
      this.#header = cells;
      return;
    }
    const names = this.#header;
    const named = cells.map((cell, i) => [names[i] ?? `Field${i + 1}`, cell] as const);
    this.#sink.take(Object.fromEntries(named.filter(([, cell]) => cell !== "")));
  }
}

function lineEnd(text: string, from: number): number {
  const feed = text.indexOf("\n", from);
  return feed < 0 ? text.length : feed + 1;
}
