/**
 * Window functions as SQL.
 *
 * @module
 */
import type { Window } from "../plan.ts";
import { type Printer, unsupported } from "./printer.ts";
import { sortSql } from "./sort_keys.ts";

/** Those over all rows so far. */
const RUNNING: ReadonlyMap<string, string> = new Map([
  ["sum", "sum"],
  ["max", "max"],
  ["count_if", "countIf"],
]);

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
  ].filter((part) => part !== "").join(" ");
  if (name === "row_number") return `toInt64(row_number() over (${over}))`;
  if (name === "lag" || name === "lead") {
    const value = neighbourSql(name, list, over);
    return type === "string" ? `ifNull(${value}, '')` : value;
  }
  const running = RUNNING.get(name);
  if (running === undefined) throw unsupported(`window function ${name}()`);
  const [value = ""] = list;
  const arg = name === "sum" && type !== "real" && type !== "decimal" ? `toInt64(${value})` : value;
  const call = `${running}(${
    name === "max" ? `toNullable(${arg})` : name === "count_if" ? `ifNull(${arg}, 0)` : arg
  }) over (${over} rows between unbounded preceding and current row)`;
  return name === "count_if" ? `toInt64(${call})` : call;
}

/** The default is looked at outside, because it must be a constant within. */
function neighbourSql(
  name: string,
  [value = "", offset = "1", otherwise = "NULL"]: readonly string[],
  over: string,
): string {
  const row = `${name}(toNullable(${value}), ${offset}) over (${over})`;
  const isThere = `${name}(toNullable(toUInt8(1)), ${offset}) over (${over})`;
  return `if(isNull(${isThere}), ${otherwise}, ${row})`;
}
