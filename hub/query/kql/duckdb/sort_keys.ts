/**
 * Sort keys as SQL.
 *
 * @module
 */
import type { SortKey } from "../plan.ts";
import type { Printer } from "./printer.ts";

export function sortSql(keys: readonly SortKey[], printer: Printer): string {
  return keys.map(({ by, isDescending, nullsFirst }) =>
    `${printer.expr(by)} ${isDescending ? "desc" : "asc"} nulls ${nullsFirst ? "first" : "last"}`
  ).join(", ");
}
