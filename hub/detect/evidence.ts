/**
 * Evidence: the rows a finding rests on, with the few columns its rule names.
 *
 * @module
 */
import type { Evidence } from "../../sdk/api/alerts.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { Facts } from "./detector.ts";
import { instantText, lensOf } from "./lens.ts";

/** Shows one row of the batch that it was made for. */
export type Witness = (row: number) => Evidence;

/** Makes a witness for `columns` of `batch`; values are as the agent's scrubber left them. */
export function witnessOf(
  batch: ColumnBatch,
  facts: Facts,
  columns: readonly string[],
): Witness {
  const lenses = columns.filter((name) => !name.startsWith("_"))
    .map((name) => [name, lensOf(batch, facts, name)] as const);
  const time = lensOf(batch, facts, "TimeGenerated");
  const { table } = batch;
  const { entry, agent, source } = facts;
  return (row) => {
    const fields: Record<string, string> = {};
    for (const [name, lens] of lenses) {
      const text = lens?.text(row);
      if (text !== undefined) fields[name] = text;
    }
    return { entry, row, table, agent, source, time: time?.text(row) ?? null, fields };
  };
}

/** The event time of `evidence` in ms, or `otherwise` where it has none. */
export function evidenceMs(evidence: Evidence, otherwise: number): number {
  return evidence.time === null ? otherwise : Date.parse(evidence.time);
}

/** Hub time as evidence and alerts show it. */
export function hubInstant(ms: number): string {
  return instantText(ms) ?? "1970-01-01T00:00:00.000Z";
}
