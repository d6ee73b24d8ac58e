/**
 * When the events of a batch happened: what lets a query leave a file out.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";

/** The time column of Azure Monitor's tables, and of ours unless they say otherwise. */
export const TIME_COLUMN = "TimeGenerated";

/** Whole ms since the epoch; of no time at all Infinity and -Infinity. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
  /** Rows without a time. */
  readonly timeless: number;
}

/** The span of `batches` by the column `time`. */
export function timeSpan(batches: Iterable<ColumnBatch>, time: string): TimeSpan {
  let fromMs = Infinity;
  let toMs = -Infinity;
  let timeless = 0;
  for (const batch of batches) {
    const column = batch.columns.find(({ name }) => name === time);
    if (column?.form !== "time") {
      timeless += batch.rows;
      continue;
    }
    for (const ms of column.ms) {
      if (ms < fromMs) fromMs = ms;
      if (ms > toMs) toMs = ms;
      if (ms !== ms) timeless++;
    }
  }
  return { fromMs, toMs, timeless };
}
