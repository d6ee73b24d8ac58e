/**
 * `toscalar(…)`: the first value of a table.
 *
 * @module
 */
import { type Expr, literal, type Rel } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { isTabular } from "./is_tabular.ts";
import { failAt, type Lowering, type Place } from "./scope.ts";

export function lowerToScalar(syntax: Syntax, lowering: Lowering, place: Place): Expr {
  const inner = syntax.need("Expression");
  if (!isTabular(inner)) return lowering.expr(inner, { scope: place.scope });
  const { rel, fields, order } = lowering.table(inner, place.scope);
  const [field] = fields;
  if (field === undefined) {
    throw failAt(lowering, syntax, { code: "semantic", message: "the table has no column" });
  }
  const count = literal("long", 1n);
  const first: Rel = order.length === 0
    ? { kind: "limit", input: rel, count }
    : { kind: "sort", input: rel, keys: order, limit: count };
  return { kind: "scalar", type: field.type, rel: first, field };
}
