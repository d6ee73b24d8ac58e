/**
 * The fields of records: of text by patterns, of JSON, logfmt and CSV.
 *
 * @module
 */
import type { Json } from "../../sdk/mod.ts";
import type { Config } from "./config.ts";
import { isJsonObject, type JsonObject } from "../../sdk/read/json_fields.ts";
import { readLogfmt } from "./logfmt.ts";
import { type KnownField, matchPattern, parsePattern } from "./pattern.ts";
import { timeReader } from "./time_format.ts";

/** What a text holds: its records, or why it is none. */
export type ReadRecords = (text: string) => readonly JsonObject[] | string;

/** The reader of a format whose records stand alone. */
export function recordReader({ format, pattern = [], time }: Config): ReadRecords {
  switch (format) {
    case "text": {
      const least = time && timeReader(time.format, "UTC").least;
      return textReader(pattern, time && least && { name: time.field, least });
    }
    case "logfmt":
      return (text) => {
        const fields = readLogfmt(text);
        return fields === undefined ? "quote not closed" : [Object.fromEntries(fields)];
      };
    case "json":
    case "csv":
      return readJson;
  }
}

/** Whether a record begins with the line at `at`; undefined where each line is one. */
export function recordStart(
  { format, record }: Config,
): ((lines: Uint8Array, at: number) => boolean) | undefined {
  // Documents that are printed over many lines are indented, their last line excepted.
  if (format === "json") return (lines, at) => lines[at] === 0x7b || lines[at] === 0x5b;
  if (record === undefined) return undefined;
  const starts = (record.starts ?? []).map((text) => new TextEncoder().encode(text));
  const { indented } = record;
  return (lines, at) => {
    if (starts.length > 0) return starts.some((start) => startsWith(lines, at, start));
    return !(indented && isIndented(lines[at]));
  };
}

function startsWith(lines: Uint8Array, at: number, start: Uint8Array): boolean {
  return start.every((byte, i) => {
    const there = lines[at + i] ?? 0;
    return byte === 0x23 ? there >= 0x30 && there <= 0x39 : there === byte;
  });
}

/** A blank first, or nothing at all. */
function isIndented(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function textReader(texts: readonly string[], known: KnownField | undefined): ReadRecords {
  const patterns = texts.map(parsePattern);
  return (text) => {
    for (const pattern of patterns) {
      const values = matchPattern(pattern, text, known);
      if (values === undefined) continue;
      return [Object.fromEntries(pattern.fields.map(({ name }, i) => [name, values[i] ?? ""]))];
    }
    return "line matches no pattern";
  };
}

function readJson(text: string): readonly JsonObject[] | string {
  const json = parseJson(text) ?? parseJson(text.replace(/^\[/, "").replace(/[\],]+$/, ""));
  // The brackets of an array whose members stand on lines of their own.
  if (json === undefined) return /^[[\]\s]*$/.test(text) ? [] : "JSON not valid";
  const records: readonly Json[] = Array.isArray(json) ? json : [json];
  const objects = records.filter(isJsonObject);
  if (objects.length < records.length) return "JSON is no object";
  return objects;
}

function parseJson(text: string): Json | undefined {
  try {
    const json: Json = JSON.parse(text);
    return json;
  } catch {
    return undefined;
  }
}
