/**
 * Finds the rows of a batch that meet all conditions of a rule.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { bind, prepare, type Test } from "./condition.ts";
import type { Facts } from "./detector.ts";
import type { Condition } from "./rule.ts";

/** Row numbers, ascending; valid until the next call of the same selector. */
export type Selector = (batch: ColumnBatch, facts: Facts) => Uint32Array;

const NO_ROWS = new Uint32Array(0);

/**
 * Makes a selector for rows that meet every condition of `where`.
 *
 * The selector throws {@link ConditionError} where a column cannot be compared as a rule asks.
 */
export function selectorOf(where: readonly Condition[]): Selector {
  const conditions = where.map(prepare);
  let all = NO_ROWS;
  let scratch = NO_ROWS;
  return (batch, facts) => {
    if (scratch.length < batch.rows) {
      scratch = new Uint32Array(batch.rows);
      all = scratch.map((_, row) => row);
    }
    // Cheap tests first: what they leave over is all that the dear ones see.
    const tests: Test[] = [];
    for (const condition of conditions) {
      const test = bind(condition, batch, facts);
      if (test.by === "none") return NO_ROWS;
      if (test.by === "code") tests.unshift(test);
      else if (test.by === "row") tests.push(test);
    }
    let rows = all.subarray(0, batch.rows);
    for (const test of tests) {
      rows = scratch.subarray(0, narrow(test, rows, scratch));
      if (rows.length === 0) break;
    }
    return rows;
  };
}

/** Writes those of `rows` that pass to the start of `kept`, which may be the same array. */
function narrow(test: Test, rows: Uint32Array, kept: Uint32Array): number {
  if (test.by === "code") return narrowByCode(test.codes, test.marks, { rows, kept });
  return test.by === "row" ? narrowByRow(test.test, rows, kept) : rows.length;
}

function narrowByCode(
  codes: Uint32Array,
  marks: Uint8Array,
  { rows, kept }: { readonly rows: Uint32Array; readonly kept: Uint32Array },
): number {
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    kept[count] = row;
    count += marks[codes[row]!]!;
  }
  return count;
}

function narrowByRow(
  test: (row: number) => boolean,
  rows: Uint32Array,
  kept: Uint32Array,
): number {
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (test(row)) kept[count++] = row;
  }
  return count;
}
