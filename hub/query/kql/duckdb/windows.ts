/**
 * Window functions as SQL.
 *
 * @module
 */
import type { Window } from "../plan.ts";
import { sortSql } from "./sort_keys.ts";
import type { Printer } from "./printer.ts";

export function windowSql(
  { name, args, partition, order, type }: Window,
  printer: Printer,
): string {
  const list = args.map((arg) => printer.expr(arg));
  const over = [
    partition.length === 0
      ? ""
      : `partition by ${partition.map((one) => printer.expr(one)).join(", ")}`,
    order.length === 0 ? "" : `order by ${sortSql(order, printer)}`,
    name === "row_number" || name === "lag" || name === "lead"
      ? ""
      : "rows between unbounded preceding and current row",
  ].filter((part) => part !== "").join(" ");
  const call = `${name}(${list.join(", ")}) over (${over})`;
  if (name !== "sum") return call;
  return type === "real" || type === "decimal" ? call : `(${call})::bigint`;
}
