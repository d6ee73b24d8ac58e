/**
 * Looks at one named column of a batch as numbers by row.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { ConditionError } from "./condition.ts";

/**
 * Gives the number of a row of `batch`, NaN where it has none; undefined where no row has the column.
 *
 * @throws {ConditionError} If the column holds no numbers.
 */
export function numbersOf(batch: ColumnBatch, name: string): ((row: number) => number) | undefined {
  const column = batch.columns.find((c) => c.name === name);
  if (column === undefined) return undefined;
  switch (column.form) {
    case "number":
      return (row) => column.values[row]!;
    case "wide":
      return (row) => column.absent?.[row] === 1 ? NaN : Number(column.values[row]);
    default:
      throw new ConditionError(
        "form",
        `Cannot take "${name}" as a value: it holds no numbers in table ${batch.table}`,
      );
  }
}
