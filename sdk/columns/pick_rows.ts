/**
 * Some rows of a batch as a batch of its own: for events that must part from those beside them.
 *
 * @module
 */
import { type Column, type ColumnBatch, entryBytes, type Strings } from "./column.ts";

/**
 * The rows of `batch` with the numbers `rows`, in that order, as a copy. A dictionary keeps the
 * entries that are used alone; a column that is absent in all of them is left out.
 */
export function pickRows(batch: ColumnBatch, rows: Uint32Array): ColumnBatch {
  const columns: Column[] = [];
  for (const column of batch.columns) {
    const picked = pick(column, rows);
    if (picked !== undefined) columns.push(picked);
  }
  return { table: batch.table, rows: rows.length, columns };
}

function pick(column: Column, rows: Uint32Array): Column | undefined {
  switch (column.form) {
    case "dict":
      return pickDict(column, rows);
    case "text": {
      const absent = pickAbsent(column.absent, rows);
      return absent?.includes(0) === false
        ? undefined
        : { ...column, rows: pickStrings(column.rows, rows), absent };
    }
    case "number": {
      const values = Float64Array.from(rows, (row) => column.values[row]!);
      return values.every(Number.isNaN) ? undefined : { ...column, values };
    }
    case "wide": {
      const absent = pickAbsent(column.absent, rows);
      const values = BigInt64Array.from(Array.from(rows, (row) => column.values[row]!));
      return absent?.includes(0) === false ? undefined : { ...column, values, absent };
    }
    case "time": {
      const { ticks } = column;
      const ms = Float64Array.from(rows, (row) => column.ms[row]!);
      const picked = ticks && Uint16Array.from(rows, (row) => ticks[row]!);
      return ms.every(Number.isNaN) ? undefined : { ...column, ms, ticks: picked };
    }
    case "bool": {
      const values = Uint8Array.from(rows, (row) => column.values[row]!);
      return values.every((value) => value === 2) ? undefined : { ...column, values };
    }
    case "token":
    case "address": {
      const indexes = Uint32Array.from(rows, (row) => column.indexes[row]!);
      return indexes.every((index) => index === 0) ? undefined : { ...column, indexes };
    }
  }
}

function pickDict(
  column: Extract<Column, { form: "dict" }>,
  rows: Uint32Array,
): Column | undefined {
  const used: number[] = [];
  /** By old index; 0 is not there yet. */
  const moved = new Uint32Array(column.entries.ends.length + 1);
  const indexes = Uint32Array.from(rows, (row) => {
    const index = column.indexes[row]!;
    if (index !== 0 && moved[index] === 0) moved[index] = used.push(index - 1);
    return moved[index]!;
  });
  if (used.length === 0) return undefined;
  return { ...column, indexes, entries: pickStrings(column.entries, Uint32Array.from(used)) };
}

function pickStrings(strings: Strings, entries: Uint32Array): Strings {
  const ends = new Uint32Array(entries.length);
  let used = 0;
  for (const [i, entry] of entries.entries()) {
    used += strings.ends[entry]! - (entry === 0 ? 0 : strings.ends[entry - 1]!);
    ends[i] = used;
  }
  const bytes = new Uint8Array(used);
  for (const [i, entry] of entries.entries()) {
    bytes.set(entryBytes(strings, entry), i === 0 ? 0 : ends[i - 1]);
  }
  return { bytes, ends };
}

function pickAbsent(absent: Uint8Array | undefined, rows: Uint32Array): Uint8Array | undefined {
  const picked = absent && Uint8Array.from(rows, (row) => absent[row]!);
  return picked?.includes(1) === true ? picked : undefined;
}
