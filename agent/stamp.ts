/**
 * Stage 2 of 7: gives events what their source cannot know: this host's name, and a time where
 * they have none. Agent, stream, epoch and sequence need no column: the frame's header has them.
 *
 * @module
 */
import type { Column, ColumnBatch, DictColumn, TimeColumn } from "../sdk/columns/column.ts";
import type { Schema } from "../sdk/table.ts";

/** What is stamped. */
export interface Stamp {
  /** This host's name. */
  readonly host: string;
  /** Wall clock, ms since the epoch. */
  now(): number;
}

/** Columns of Azure Monitor's tables that hold the collecting host. */
const HOST_COLUMNS = ["Computer", "CollectorHostName"];

/** Gives `batch` with the columns that `schema` has and the plugin left out. */
export function stamp(batch: ColumnBatch, schema: Schema, { host, now }: Stamp): ColumnBatch {
  const columns: Column[] = batch.columns.map((column) =>
    column.name === schema.time && column.form === "time" ? withTimes(column, now) : column
  );
  const present = new Set(columns.map((column) => column.name));
  for (const name of HOST_COLUMNS) {
    if (name in schema.columns && !present.has(name)) {
      columns.push(constant(name, host, batch.rows));
    }
  }
  if (!present.has(schema.time)) {
    const ms = new Float64Array(batch.rows).fill(now());
    columns.push({ form: "time", name: schema.time, ms, ticks: undefined });
  }
  return { ...batch, columns };
}

/** Events without a time of their own happened, for all we know, when they were read. */
function withTimes(column: TimeColumn, now: () => number): TimeColumn {
  if (!column.ms.some(Number.isNaN)) return column;
  const read = now();
  return { ...column, ms: column.ms.map((ms) => (Number.isNaN(ms) ? read : ms)) };
}

function constant(name: string, value: string, rows: number): DictColumn {
  const bytes = new TextEncoder().encode(value);
  return {
    form: "dict",
    name,
    indexes: new Uint32Array(rows).fill(1),
    entries: { bytes, ends: Uint32Array.of(bytes.length) },
  };
}
