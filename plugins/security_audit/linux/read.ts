/**
 * Reads Linux' audit log from files.
 *
 * @module
 */
import type { Io, Json, Rejected, TailChunk } from "../../../sdk/mod.ts";
import { decodeText } from "../../../sdk/read/decode_text.ts";
import {
  type HeldCursor,
  type HeldLine,
  HeldLines,
  type Place,
} from "../../../sdk/read/held_lines.ts";
import { JsonLines } from "../../../sdk/read/json_lines.ts";
import { rowOf } from "./event.ts";
import { END_OF_EVENT_MS, Joiner } from "./joiner.ts";
import { jsonRecords } from "./json_record.ts";
import { type AuditRecord, readRecords } from "./record.ts";
import type { AuditRow } from "./table.ts";

/** What it is given of the plugin's context. */
export interface AuditSink {
  readonly io: Io;
  readonly emit: (row: AuditRow) => void;
  readonly reject: (rejected: Rejected) => void;
}

export interface AuditSource {
  readonly files: readonly string[];
  readonly startAt: "oldest" | "now";
  readonly maxLineBytes: number;
}

/** Most of a JSON text that is printed over many lines, in characters. */
const MOST_JSON = 4 * 1024 * 1024;
const TABLE = "LinuxAuditLog";
const NO_RECORD = "not a record of an audit log";

/** Reads until the input ends; yields cursors. */
export async function* readLinuxAudit(
  sink: AuditSink,
  { files, startAt, maxLineBytes }: AuditSource,
  from: Json,
): AsyncIterable<HeldCursor> {
  const held = new HeldLines(from);
  const reader = new AuditReader(sink, held);
  const options = { startAt, maxLineBytes, idleMs: END_OF_EVENT_MS };
  for await (const chunk of sink.io.tail(files, held.start, options)) {
    reader.read(chunk);
    yield reader.cursor();
  }
  reader.end();
  yield reader.cursor();
}

/** A JSON text that may go on, and where it began. */
interface OpenJson {
  readonly lines: JsonLines;
  place: Place;
}

type LineAt = Pick<HeldLine, "place" | "isRepeated">;

class AuditReader {
  readonly #sink: AuditSink;
  readonly #held: HeldLines;
  readonly #joiner: Joiner;
  /** By file id. */
  readonly #json = new Map<string, OpenJson>();

  constructor(sink: AuditSink, held: HeldLines) {
    this.#sink = sink;
    this.#held = held;
    this.#joiner = new Joiner((records) => sink.emit(rowOf(records)));
  }

  /** A chunk without bytes says that nothing has come for {@link END_OF_EVENT_MS}. */
  read(chunk: TailChunk): void {
    if (chunk.bytes.length === 0) this.end();
    for (const { bytes, place, isRepeated } of this.#held.lines(chunk)) {
      if (chunk.cut === undefined) this.#line(chunk.fileId, bytes, { place, isRepeated });
      else if (!isRepeated) this.#reject(bytes, "line over limit, cut");
    }
  }

  end(): void {
    for (const { lines, place } of this.#json.values()) {
      for (const text of lines.end()) this.#text(text, { place, isRepeated: false });
    }
    this.#json.clear();
    this.#joiner.endAll();
  }

  cursor(): HeldCursor {
    for (;;) {
      const json = [...this.#json.values()].map(({ place }) => place);
      // A cursor knows of either: lines that wait for more, or events among lines that are done.
      if (json.length > 0) this.#joiner.endAll();
      const cursor = json.length > 0
        ? this.#held.cursor(json)
        : this.#held.cursor(this.#joiner.places, this.#joiner.keys);
      if (cursor !== undefined) return cursor;
      if (json.length > 0) this.end();
      else this.#joiner.endOldest();
    }
  }

  #line(fileId: string, bytes: Uint8Array, at: LineAt): void {
    if (this.#json.has(fileId) || bytes[0] === 0x7b || bytes[0] === 0x5b) {
      this.#jsonLine(fileId, decodeText(bytes), at);
      return;
    }
    const records = readRecords(decodeText(bytes));
    if (records.length === 0 && bytes.length > 0 && !at.isRepeated) this.#reject(bytes, NO_RECORD);
    for (const record of records) this.#record(record, at);
  }

  #record(record: AuditRecord, { place, isRepeated }: LineAt): void {
    if (isRepeated && !this.#held.wasOpen(Joiner.keyOf(record))) return;
    this.#joiner.add(record, place);
  }

  #jsonLine(fileId: string, line: string, at: LineAt): void {
    const whole = this.#json.has(fileId) ? undefined : parseJson(line);
    if (whole !== undefined) this.#jsonRecords(whole, line, at);
    if (whole !== undefined || at.isRepeated) return;
    const json = this.#json.get(fileId) ?? { lines: new JsonLines(MOST_JSON), place: at.place };
    for (const text of json.lines.add(line)) {
      this.#text(text, { ...at, place: json.place });
      json.place = at.place;
    }
    if (json.lines.isOpen) this.#json.set(fileId, json);
    else this.#json.delete(fileId);
  }

  #text(text: string, at: LineAt): void {
    const json = parseJson(text);
    if (json === undefined) this.#reject(new TextEncoder().encode(text), NO_RECORD);
    else this.#jsonRecords(json, text, at);
    // Its lines are not looked into again: no event of it may be left open.
    this.#joiner.endAll();
  }

  #jsonRecords(json: unknown, text: string, at: LineAt): void {
    const records = jsonRecords(json);
    for (const record of records) if (record !== undefined) this.#record(record, at);
    if (!at.isRepeated && (records.length === 0 || records.includes(undefined))) {
      this.#reject(new TextEncoder().encode(text), NO_RECORD);
    }
  }

  #reject(bytes: Uint8Array, why: string): void {
    this.#sink.reject({ bytes, why, table: TABLE });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
