/**
 * Walks through an expression.
 *
 * @module
 */
import type { Expr, SortKey } from "../plan.ts";

/** `expr` with `change` applied to each node, the parts before the whole. */
export function mapExpr(expr: Expr, change: (node: Expr) => Expr): Expr {
  const all = (list: readonly Expr[]): readonly Expr[] => list.map((one) => mapExpr(one, change));
  switch (expr.kind) {
    case "literal":
    case "field":
    case "scalar":
      return change(expr);
    case "call":
    case "native":
      return change({ ...expr, args: all(expr.args) });
    case "cast":
    case "member":
      return change({ ...expr, arg: mapExpr(expr.arg, change) });
    case "case":
      return change({
        ...expr,
        branches: expr.branches.map(({ when, value }) => ({
          when: mapExpr(when, change),
          value: mapExpr(value, change),
        })),
        otherwise: mapExpr(expr.otherwise, change),
      });
    case "window":
      return change({
        ...expr,
        args: all(expr.args),
        partition: all(expr.partition),
        order: expr.order.map((key): SortKey => ({ ...key, by: mapExpr(key.by, change) })),
      });
  }
}
