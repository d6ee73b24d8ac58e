/**
 * Reads one row out of a file of the store, which may be hostile, to be shown.
 *
 * @module
 */
import { type Decompress, readChunk } from "../parquet/read_chunk.ts";
import { ParquetError } from "../parquet/parquet_error.ts";
import type { ReadPart } from "../parquet/part.ts";
import { type Footer, readFooter, type RowGroup } from "../parquet/read_footer.ts";
import { timeOf } from "./verdict_words.ts";

/** A row's values as text, by column; without those that are absent. */
export type StoredFields = readonly { readonly name: string; readonly value: string }[];

/** Most rows and columns of a file that is looked at. */
const MOST_ROWS = 4_194_304;
const MOST_COLUMNS = 4_096;
/** Columns of ticks that every file has; others may be numbers that mean something else. */
const TIMES: ReadonlySet<string> = new Set(["TimeGenerated", "_HubTime"]);
const decoder = new TextDecoder();

/** The row of a frame; undefined where the file has none. @throws {ParquetError} */
export function readStored(
  bytes: Uint8Array,
  { index, row }: { readonly index: number; readonly row: number },
  decompress: Decompress,
): { readonly rows: number; readonly fields: StoredFields | undefined } {
  const read = (at: number, length: number): Uint8Array => {
    if (at < 0 || length < 0 || at + length > bytes.length) {
      throw new ParquetError("format", "Cannot read file: it is cut off");
    }
    return bytes.subarray(at, at + length);
  };
  const footer = readFooter(read, bytes.length);
  const rows = footer.groups.reduce((sum, group) => sum + group.rows, 0);
  if (rows > MOST_ROWS || footer.columns.length > MOST_COLUMNS) {
    throw new ParquetError("unsupported", "Cannot read file: it is larger than the store's are");
  }
  for (const group of footer.groups) {
    const column = (name: string): ReadPart | undefined =>
      partOf(group, name, { read, decompress });
    const at = placeIn(column("_LedgerIndex"), column("_Row"), { index, row });
    if (at !== undefined) return { rows, fields: fieldsAt(footer, at, column) };
  }
  return { rows, fields: undefined };
}

function partOf(
  { chunks }: RowGroup,
  name: string,
  { read, decompress }: {
    readonly read: (at: number, length: number) => Uint8Array;
    readonly decompress: Decompress;
  },
): ReadPart | undefined {
  const chunk = chunks.find(({ column }) => column.name === name);
  return chunk && readChunk(read(chunk.offset, chunk.bytes), chunk, decompress);
}

function placeIn(
  indexes: ReadPart | undefined,
  rows: ReadPart | undefined,
  { index, row }: { readonly index: number; readonly row: number },
): number | undefined {
  if (indexes?.form !== "wide" || rows?.form !== "number") return undefined;
  const wanted = BigInt(index);
  for (let at = 0; at < indexes.values.length; at++) {
    if (indexes.values[at] === wanted && rows.values[at] === row) return at;
  }
  return undefined;
}

function fieldsAt(
  { columns }: Footer,
  at: number,
  part: (name: string) => ReadPart | undefined,
): StoredFields {
  return columns.flatMap(({ name }) => {
    const value = textAt(part(name), at, TIMES.has(name));
    return value === undefined ? [] : [{ name, value }];
  });
}

function textAt(part: ReadPart | undefined, at: number, isTime: boolean): string | undefined {
  switch (part?.form) {
    case "dict": {
      const entry = part.indexes[at]! - 1;
      return entry < 0 ? undefined : entryText(part.entries, entry);
    }
    case "text":
      return part.absent?.[at] === 1 ? undefined : entryText(part.strings, at);
    case "number":
      return Number.isNaN(part.values[at]) ? undefined : String(part.values[at]);
    case "wide": {
      if (part.absent?.[at] === 1) return undefined;
      return isTime ? timeOf(part.values[at]!) : String(part.values[at]);
    }
    case "bool":
      return part.values[at] === 2 ? undefined : String(part.values[at] === 1);
    case undefined:
      return undefined;
  }
}

function entryText(
  { bytes, ends }: { readonly bytes: Uint8Array; readonly ends: Uint32Array },
  i: number,
): string {
  return decoder.decode(bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]));
}
