/**
 * How each column was written smallest so far: to find it out takes as long as to write a chunk.
 *
 * @module
 */
import type { FileColumn } from "../../../sdk/parquet/read_footer.ts";
import type { Effort } from "./column_choice.ts";

/** What was found out on a column's first chunk; the next ones are written alike. */
export interface ColumnPlan {
  effort?: Effort;
  dictionaryEffort?: Effort;
  /** Which of the ways to write its numbers, or how many bits the lengths of its strings are cut at. */
  way?: number;
  /** Indexes into the dictionary are written in whole bytes. */
  isWhole?: boolean;
}

/** Chunks after which it is found out anew: what a table holds changes. */
const MAX_CHUNKS = 100;
/** What few rows tell does not hold for many. */
const MAX_GROWTH = 4;
const MAX_PLANS = 10_000;

interface Kept {
  readonly plan: ColumnPlan;
  /** Of the chunk that it was found out on. */
  readonly rows: number;
  chunks: number;
}

/** Plans that outlive a compaction. */
export class ColumnPlans {
  readonly #plans = new Map<string, Kept>();

  /** The plan of a column of what `kind` names, for one chunk of `rows` rows of it. */
  of(kind: string, { name, type }: FileColumn, rows: number): ColumnPlan {
    const key = JSON.stringify([kind, name, type]);
    let found = this.#plans.get(key);
    const isKept = found !== undefined && found.chunks < MAX_CHUNKS &&
      rows <= found.rows * MAX_GROWTH;
    if (found === undefined || !isKept) {
      if (this.#plans.size >= MAX_PLANS) this.#plans.clear();
      found = { plan: {}, rows, chunks: 0 };
      this.#plans.set(key, found);
    }
    found.chunks++;
    return found.plan;
  }
}
