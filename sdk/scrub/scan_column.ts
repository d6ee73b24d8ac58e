/**
 * Scrubs a column of free text: each distinct value once, where it has a dictionary.
 *
 * @module
 */
import type { Column, DictColumn, TextColumn } from "../columns/column.ts";
import { Arena, Interner } from "../columns/strings.ts";
import type { Json } from "../table.ts";
import { pack, unpackJson } from "../wire/msgpack.ts";
import type { FreeText } from "./free_text.ts";

/** Scrubs entries, and remembers those of dictionaries from batch to batch. */
export interface TextScrubber {
  readonly freeText: FreeText;
  /** As {@link FreeText.scrub}, of a value that is likely to come again. */
  again(value: Uint8Array): Uint8Array;
}

export interface Scanned {
  readonly column: Column;
  /** Rows of which something was replaced. */
  readonly tokenised: number;
}

const MOST_REMEMBERED = 8_192;
const MOST_REMEMBERED_BYTES = 4 * 1024 * 1024;

export function textScrubber(freeText: FreeText): TextScrubber {
  const known = new Interner();
  /** By number: what became of it; undefined where it stayed as it is. */
  const results: (Uint8Array | undefined)[] = [];
  return {
    freeText,
    again(value) {
      if (known.count >= MOST_REMEMBERED || known.arena.used > MOST_REMEMBERED_BYTES) {
        known.clear();
        results.length = 0;
      }
      const number = known.number(value, 0, value.length);
      if (number === results.length) {
        // If this throws the value stays without a result, and the next number would be of another.
        let result: Uint8Array | undefined;
        try {
          result = freeText.scrub(value);
        } catch (error) {
          known.clear();
          results.length = 0;
          throw error;
        }
        results.push(result === value ? undefined : result);
      }
      return results[number] ?? value;
    },
  };
}

/** Gives the column scrubbed; the same object where nothing was found. Numbers and times stay. */
export function scanColumn(column: Column, texts: TextScrubber): Scanned {
  if (column.form === "dict") return scanDict(column, texts);
  if (column.form === "text") return scanText(column, texts.freeText);
  return { column, tokenised: 0 };
}

function scanDict(column: DictColumn, texts: TextScrubber): Scanned {
  const { bytes, ends } = column.entries;
  const entries = new Interner();
  /** New number of each entry, plus 1. */
  const moved = new Uint32Array(ends.length + 1);
  const changed = new Uint8Array(ends.length + 1);
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    const value = bytes.subarray(start, ends[i]);
    const result = texts.again(value);
    if (result !== value) changed[i + 1] = 1;
    moved[i + 1] = entries.number(result, 0, result.length) + 1;
    start = ends[i]!;
  }
  if (!changed.includes(1)) return { column, tokenised: 0 };
  let tokenised = 0;
  const indexes = column.indexes.map((index) => {
    tokenised += changed[index]!;
    return moved[index]!;
  });
  return { column: { ...column, indexes, entries: entries.arena.view() }, tokenised };
}

function scanText(column: TextColumn, freeText: FreeText): Scanned {
  const { bytes, ends } = column.rows;
  const arena = new Arena();
  let tokenised = 0;
  let start = 0;
  for (let row = 0; row < ends.length; row++) {
    const value = bytes.subarray(start, ends[row]);
    start = ends[row]!;
    const result = column.absent?.[row] === 1 ? value : scanValue(value, column.type, freeText);
    if (result !== value) tokenised++;
    // What stays is copied from the first change on.
    if (tokenised === 0) continue;
    if (arena.count < row) copyRows(arena, column.rows, row);
    arena.add(result, 0, result.length);
  }
  if (tokenised === 0) return { column, tokenised };
  return { column: { ...column, rows: arena.view() }, tokenised };
}

function copyRows(arena: Arena, { bytes, ends }: TextColumn["rows"], rows: number): void {
  for (let row = 0; row < rows; row++) arena.add(bytes, row === 0 ? 0 : ends[row - 1]!, ends[row]!);
}

function scanValue(value: Uint8Array, type: TextColumn["type"], freeText: FreeText): Uint8Array {
  if (type === "string") return freeText.scrub(value);
  const json = unpackJson(value);
  const scanned = scanJson(json, freeText);
  return scanned === json ? value : pack(scanned);
}

/** Scrubs each string in `value`, names of members too; the same object where nothing was found. */
function scanJson(value: Json, freeText: FreeText): Json {
  if (typeof value === "string") return scanString(value, freeText);
  if (typeof value !== "object" || value === null) return value;
  let isSame = true;
  const scan = (member: Json): Json => {
    const scanned = scanJson(member, freeText);
    isSame &&= scanned === member;
    return scanned;
  };
  if (isArray(value)) {
    const items = value.map(scan);
    return isSame ? value : items;
  }
  const members = Object.entries(value).map(([name, member]) => {
    const scannedName = scanString(name, freeText);
    isSame &&= scannedName === name;
    return [scannedName, scan(member)] as const;
  });
  return isSame ? value : Object.fromEntries(members);
}

function scanString(value: string, freeText: FreeText): string {
  const bytes = Buffer.from(value);
  const scanned = freeText.scrub(bytes);
  return scanned === bytes ? value : Buffer.from(scanned).toString();
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
