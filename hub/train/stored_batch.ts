/**
 * Stored rows as a batch of columns, so that what is trained from the store sees what detectors see.
 *
 * @module
 */
import type { Column, ColumnBatch, Strings } from "../../sdk/columns/column.ts";
import type { Cell } from "../store/engine_messages.ts";
import type { StoredColumn } from "../store/layout.ts";

const TICKS_PER_MS = 10_000n;

/**
 * Rows of `columns` as a batch of `table`. Tokens and addresses, which are stored as texts, are texts;
 * JSON is left out, because no rule looks into it.
 */
export function storedBatch(
  table: string,
  columns: readonly StoredColumn[],
  rows: readonly (readonly Cell[])[],
): ColumnBatch {
  const made = columns.flatMap(({ name, type }, i): readonly Column[] => {
    const cells = rows.map((row) => row[i] ?? null);
    if (cells.every((cell) => cell === null)) return [];
    switch (type) {
      case "string":
        return [{ form: "dict", name, ...dictOf(cells) }];
      case "int":
      case "long":
      case "real":
        return [{ form: "number", name, type, values: numbersOf(cells) }];
      case "bool":
        return [{ form: "bool", name, values: Uint8Array.from(cells, boolOf) }];
      case "datetime":
        return [{ form: "time", name, ms: Float64Array.from(cells, msOf), ticks: undefined }];
      case "dynamic":
        return [];
    }
  });
  return { table, rows: rows.length, columns: made };
}

function dictOf(cells: readonly Cell[]): { indexes: Uint32Array; entries: Strings } {
  const numbers = new Map<string, number>();
  const indexes = Uint32Array.from(cells, (cell) => {
    if (cell === null) return 0;
    const text = String(cell);
    const number = numbers.get(text) ?? numbers.size + 1;
    numbers.set(text, number);
    return number;
  });
  const parts = [...numbers.keys()].map((text) => Buffer.from(text));
  let end = 0;
  const ends = Uint32Array.from(parts, ({ length }) => end += length);
  return { indexes, entries: { bytes: Buffer.concat(parts), ends } };
}

function numbersOf(cells: readonly Cell[]): Float64Array {
  return Float64Array.from(cells, (cell) => cell === null ? NaN : Number(cell));
}

function boolOf(cell: Cell): number {
  return cell === null ? 2 : cell === true ? 1 : 0;
}

function msOf(cell: Cell): number {
  return cell === null ? NaN : Number(BigInt(String(cell)) / TICKS_PER_MS);
}
