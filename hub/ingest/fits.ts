/**
 * Whether a decoded frame is what its schema says: the hub's own look at the agent's scrubbing.
 *
 * @module
 */
import type { Column, ColumnBatch } from "../../sdk/columns/column.ts";
import { isPlainOf } from "../../sdk/columns/plain_form.ts";
import type { ColumnSpec, Schema } from "../../sdk/table.ts";

/**
 * Undefined if it fits, else a code: `body` where table, column or type is another than declared,
 * `scrub` where a column that may name a person or a customer came as plain values.
 */
export function misfitOf(batch: ColumnBatch, schema: Schema): "body" | "scrub" | undefined {
  if (batch.table !== schema.name) return "body";
  for (const column of batch.columns) {
    const spec = Object.hasOwn(schema.columns, column.name)
      ? schema.columns[column.name]
      : undefined;
    if (spec === undefined) return "body";
    const misfit = misfitOfColumn(column, spec);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}

function misfitOfColumn(column: Column, spec: ColumnSpec): "body" | "scrub" | undefined {
  const isKeyed = column.form === "token" || column.form === "address";
  switch (spec.class) {
    case "secret":
      return "scrub";
    case "personal":
    case "customer":
    case "network":
      return isKeyed ? undefined : "scrub";
    case "public":
    case "system":
    case "content":
      // A policy may treat more than the floor asks for.
      return isKeyed || isPlainOf(column, spec.type) ? undefined : "body";
  }
}
