/**
 * When the events of a batch happened: what lets a query leave a file out.
 *
 * @module
 */
import type { ColumnBatch, TimeColumn } from "../../sdk/columns/column.ts";

/** The time column of Azure Monitor's tables, and of ours unless they say otherwise. */
export const TIME_COLUMN = "TimeGenerated";

/** Times further from the epoch than 29,000 years are not times: their ticks pass 64 bits. */
const MOST_MS = 9.2e14;

/** Gives `column` with such times absent. */
export function storableTimes(column: TimeColumn): TimeColumn {
  const { ms } = column;
  let isClean = true;
  for (let row = 0; row < ms.length; row++) {
    const value = ms[row]!;
    if (value > MOST_MS || value < -MOST_MS) isClean = false;
  }
  if (isClean) return column;
  return { ...column, ms: ms.map((value) => (Math.abs(value) > MOST_MS ? NaN : value)) };
}

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
    const times = storableTimes(column).ms;
    for (let row = 0; row < times.length; row++) {
      const ms = times[row]!;
      if (ms < fromMs) fromMs = ms;
      if (ms > toMs) toMs = ms;
      if (ms !== ms) timeless++;
    }
  }
  return { fromMs, toMs, timeless };
}
