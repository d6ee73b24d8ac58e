/**
 * `evaluate dcount_intersect(hll, …)`: how many values the first, the first two, … have in common.
 *
 * @module
 */
import { convert } from "../../functions/convert.ts";
import { nativeCall } from "../../functions/native_call.ts";
import { callOf, type Computed, literal } from "../../plan.ts";
import { withColumns } from "../filter_project.ts";
import { extend, lowerRows } from "../rows.ts";
import type { OperatorPlace, Table } from "../scope.ts";
import type { PluginCall } from "./plugin.ts";

export function lowerDcountIntersect(call: PluginCall, input: Table, place: OperatorPlace): Table {
  const { table, exprs } = lowerRows(call.args, input, place);
  const counts = nativeCall("n_dcount_intersect", exprs);
  const columns = exprs.map((_, i): Computed => ({
    field: place.lowering.newField(`s${i}`, "long"),
    expr: convert(callOf("dynamic", "element", counts, literal("long", BigInt(i))), "long"),
  }));
  return extend(table, columns, withColumns(table.fields, columns));
}
