/**
 * Column batches as plain JSON rows, for tests and golden cases.
 *
 * @module
 */
import { Unpackr } from "msgpackr";
import { type Column, type ColumnBatch, entryBytes } from "../columns/column.ts";
import type { Json } from "../table.ts";

/** One event: absent columns are left out. */
export type JsonRow = Readonly<Record<string, Json>>;

const decoder = new TextDecoder();
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

/**
 * The rows of a raw batch. Times are ISO strings, with seven fraction digits only where the 100 ns
 * ticks are not zero; whole numbers beyond 2^53 - 1 are strings of digits.
 *
 * @throws {TypeError} If a column holds tokens: rows are compared before scrubbing.
 */
export function rowsOf(batch: ColumnBatch): readonly JsonRow[] {
  const rows: Record<string, Json>[] = Array.from({ length: batch.rows }, () => ({}));
  for (const column of batch.columns) {
    for (const [r, row] of rows.entries()) {
      const value = cell(column, r);
      if (value !== undefined) row[column.name] = value;
    }
  }
  return rows;
}

function cell(column: Column, row: number): Json | undefined {
  switch (column.form) {
    case "dict": {
      const index = column.indexes[row]!;
      return index === 0 ? undefined : decoder.decode(entryBytes(column.entries, index - 1));
    }
    case "text": {
      if (column.absent?.[row] === 1) return undefined;
      const bytes = entryBytes(column.rows, row);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the writer packs JSON only
      return column.type === "string" ? decoder.decode(bytes) : unpackr.unpack(bytes) as Json;
    }
    case "number":
      return Number.isNaN(column.values[row]) ? undefined : column.values[row];
    case "wide":
      return column.absent?.[row] === 1 ? undefined : String(column.values[row]);
    case "time":
      return isoTime(column.ms[row]!, column.ticks?.[row] ?? 0);
    case "bool":
      return column.values[row] === 2 ? undefined : column.values[row] === 1;
    case "token":
    case "address":
      throw new TypeError(`Cannot show column "${column.name}": it has been scrubbed`);
  }
}

function isoTime(ms: number, ticks: number): string | undefined {
  if (Number.isNaN(ms)) return undefined;
  const text = new Date(ms).toISOString();
  return ticks === 0 ? text : `${text.slice(0, -1)}${String(ticks).padStart(4, "0")}Z`;
}
