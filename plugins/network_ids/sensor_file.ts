/**
 * One log of a sensor: tells by its first lines which kind it is.
 *
 * @module
 */
import type { Json } from "../../sdk/mod.ts";
import type { RecordReader } from "../../sdk/read/follow_records.ts";
import { isJsonObject } from "../../sdk/read/json_fields.ts";
import type { Row } from "./mapping.ts";
import { suricataRow } from "./suricata.ts";
import { zeekRow } from "./zeek.ts";
import { readZeekLine, withHeaderLine, type ZeekHeader } from "./zeek_text.ts";

/** Where rows go, and what is none. */
export interface SensorSink {
  readonly emit: (row: Row) => void;
  readonly reject: (text: string, why: string) => void;
}

export class SensorFile implements RecordReader {
  readonly isWaiting = false;
  readonly #sink: SensorSink;
  /** What Zeek's JSON does not say of itself: `conn` of `conn.2026-06-01.log`. */
  readonly #log: string;
  #header: ZeekHeader | undefined;

  constructor(file: string, sink: SensorSink) {
    this.#sink = sink;
    this.#log = /([^/\\]+)$/.exec(file)?.[1]?.split(".", 1)[0] ?? "";
  }

  read(text: string): void {
    for (const line of linesOf(text)) {
      if (line.startsWith("#")) this.#header = withHeaderLine(this.#header, line);
      else this.#line(line);
    }
  }

  end(): void {
    // Each line stands alone.
  }

  cut(text: string): void {
    this.#sink.reject(text, "line over limit, cut");
  }

  learn(text: string): void {
    for (const line of linesOf(text)) {
      if (!line.startsWith("#")) return;
      this.#header = withHeaderLine(this.#header, line);
    }
  }

  #line(line: string): void {
    const row = line.startsWith("{") ? this.#jsonRow(line) : this.#textRow(line);
    if (typeof row === "string") this.#sink.reject(line, row);
    else this.#sink.emit(row);
  }

  #textRow(line: string): Row | string {
    if (this.#header === undefined) return "neither JSON nor a log of Zeek";
    const fields = readZeekLine(this.#header, line);
    return typeof fields === "string" ? fields : zeekRow(fields, this.#header.path || this.#log);
  }

  #jsonRow(line: string): Row | string {
    const json = parseJson(line);
    if (!isJsonObject(json)) return "JSON not valid";
    if ("event_type" in json) return suricataRow(json);
    const { _path: path, ...fields } = json;
    return zeekRow(fields, typeof path === "string" ? path : this.#log);
  }
}

function* linesOf(text: string): Iterable<string> {
  for (let at = 0; at < text.length;) {
    const feed = text.indexOf("\n", at);
    const end = feed < 0 ? text.length : feed;
    const line = text.slice(at, text[end - 1] === "\r" ? end - 1 : end);
    if (line !== "") yield line;
    at = end + 1;
  }
}

function parseJson(text: string): Json | undefined {
  try {
    const json: Json = JSON.parse(text);
    return json;
  } catch {
    return undefined;
  }
}
