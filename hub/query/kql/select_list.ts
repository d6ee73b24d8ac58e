/**
 * What a SELECT gives, in each dialect of SQL: the plan's fields under names of our own.
 *
 * @module
 */
import type { Computed, Expr, Field } from "./plan.ts";

/** A name that no text of a query or of a schema can be. */
export function columnOf({ id }: Field): string {
  return `c${id}`;
}

/** A SELECT needs a column. */
export function listed(columns: readonly string[]): string {
  return columns.length === 0 ? "1 as nothing" : columns.join(", ");
}

export function computedSql(
  columns: readonly Computed[],
  printer: { expr(expr: Expr): string },
): string {
  return listed(
    columns.map(({ field, expr }) => {
      // A stored string stays as it is stored where it is only passed on.
      const isPassed = field.isStored === true && expr.kind === "field";
      return `${isPassed ? columnOf(expr.field) : printer.expr(expr)} as ${columnOf(field)}`;
    }),
  );
}
