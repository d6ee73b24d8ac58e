/**
 * Holds a batch from a plugin's process to the schema that its manifest declares.
 *
 * The layout is right when it comes here (`sdk/columns/read_layout.ts`): every index has an entry
 * and every column its rows. Here each column is declared, once, in the form of its type, and every
 * value is one that a built-in plugin could have written.
 *
 * @module
 */
import type { Column, ColumnBatch } from "../../sdk/columns/column.ts";
import { isPlainOf } from "../../sdk/columns/plain_form.ts";
import type { Schema } from "../../sdk/table.ts";

/** Most rows of one batch. */
export const MOST_ROWS = 65_536 + 256;

/** Last time that a `Date` can hold, in ms since the epoch. */
const LAST_MS = 8.64e15;
const TICKS_PER_MS = 10_000;

/** What is wrong with `batch`, in words without a value of it; undefined where nothing is. */
export function wrongIn(batch: ColumnBatch, schema: Schema): string | undefined {
  if (batch.rows > MOST_ROWS) return `a batch has ${batch.rows} rows, may have ${MOST_ROWS}`;
  const seen = new Set<string>();
  for (const column of batch.columns) {
    const spec = Object.hasOwn(schema.columns, column.name)
      ? schema.columns[column.name]
      : undefined;
    if (spec === undefined) return `${schema.name} declares no such column as one it has`;
    const at = `${schema.name}.${column.name}`;
    if (seen.has(column.name)) return `${at} is there twice`;
    seen.add(column.name);
    if (!isPlainOf(column, spec.type)) return `${at} is no ${spec.type}`;
    const wrong = wrongValue(column, batch.rows);
    if (wrong !== undefined) return `${at} ${wrong}`;
  }
  return undefined;
}

function wrongValue(column: Column, rows: number): string | undefined {
  switch (column.form) {
    case "dict":
      // Each entry costs the scrubber work: those that no row has would be work for nothing.
      return column.entries.ends.length > rows ? "has more entries than rows" : undefined;
    case "number":
      return column.type === "real" || column.values.every(isWhole)
        ? undefined
        : `has a value that is no ${column.type}`;
    case "time":
      return wrongTime(column.ms, column.ticks);
    case "bool":
      return column.values.every((value) => value <= 2) ? undefined : "has a value that is no bool";
    default:
      return undefined;
  }
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) || Number.isNaN(value);
}

function wrongTime(ms: Float64Array, ticks: Uint16Array | undefined): string | undefined {
  for (const time of ms) {
    if (!Number.isNaN(time) && (!Number.isInteger(time) || Math.abs(time) > LAST_MS)) {
      return "has a time that no clock can show";
    }
  }
  return ticks?.every((tick) => tick < TICKS_PER_MS) === false ? "has over 9,999 ticks" : undefined;
}
