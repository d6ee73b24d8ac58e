/**
 * Which columns the parts of a plan need.
 *
 * @module
 */
import { mapExpr } from "../lower/map_expr.ts";
import type { AggregateCall, Expr, SortKey } from "../plan.ts";

export type Ids = ReadonlySet<number>;

/** Fields that `exprs` name, but for those of tables within. */
export function idsIn(exprs: readonly Expr[]): Ids {
  const ids = new Set<number>();
  for (const expr of exprs) {
    mapExpr(expr, (node) => {
      if (node.kind === "field") ids.add(node.field.id);
      return node;
    });
  }
  return ids;
}

export function exprsOf({ args, where, order = [] }: AggregateCall): readonly Expr[] {
  return [...args, ...where === undefined ? [] : [where], ...sortExprs(order)];
}

export function sortExprs(keys: readonly SortKey[]): readonly Expr[] {
  return keys.map(({ by }) => by);
}

export function unionOf(...sets: readonly Ids[]): Ids {
  return new Set(sets.flatMap((set) => [...set]));
}

export function without(set: Ids, ids: Iterable<number>): Ids {
  const left = new Set(set);
  for (const id of ids) left.delete(id);
  return left;
}
