/**
 * Sort keys as SQL: not-a-number is more than any number, guids are in the order of their texts.
 *
 * @module
 */
import type { SortKey } from "../plan.ts";
import type { Printer } from "./printer.ts";

export function sortSql(keys: readonly SortKey[], printer: Printer): string {
  return keys.flatMap(({ by, isDescending, nullsFirst }) => {
    const sql = printer.expr(by);
    const direction = isDescending ? "desc" : "asc";
    const nulls = `nulls ${nullsFirst ? "first" : "last"}`;
    if (by.type === "guid") return [`toString(${sql}) ${direction} ${nulls}`];
    if (by.type !== "real") return [`${sql} ${direction} ${nulls}`];
    return [
      `isNull(${sql}) ${nullsFirst ? "desc" : "asc"}`,
      `ifNull(isNaN(${sql}), 0) ${direction}`,
      `${sql} ${direction} ${nulls}`,
    ];
  }).join(", ");
}
