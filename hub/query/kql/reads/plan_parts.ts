/**
 * What a plan's relations and expressions are made of.
 *
 * @module
 */
import type { Computed, Expr, Rel } from "../plan.ts";

/** Whether a value depends on other rows than its own. */
export function hasWindow(expr: Expr): boolean {
  return expr.kind === "window" || partsOf(expr).some(hasWindow);
}

/** Calls `visit` for each relation within `expr`. */
export function eachRel(expr: Expr, visit: (rel: Rel) => void): void {
  if (expr.kind === "scalar" || expr.kind === "member") visit(expr.rel);
  for (const part of partsOf(expr)) eachRel(part, visit);
}

function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "literal":
    case "field":
    case "scalar":
      return [];
    case "call":
    case "native":
      return expr.args;
    case "window":
      return [...expr.args, ...expr.partition, ...expr.order.map(({ by }) => by)];
    case "cast":
    case "member":
      return [expr.arg];
    case "case":
      return [...expr.branches.flatMap(({ when, value }) => [when, value]), expr.otherwise];
  }
}

export function expressionsOf(rel: Rel): readonly Expr[] {
  const computed = (columns: readonly Computed[]) => columns.map(({ expr }) => expr);
  switch (rel.kind) {
    case "scan":
    case "reference":
    case "whole":
      return [];
    case "fold":
      return rel.stages.flatMap(computed);
    case "values":
      return rel.rows.flat();
    case "range":
      return [rel.from, rel.to, rel.step];
    case "filter":
      return [rel.condition];
    case "project":
    case "extend":
      return computed(rel.columns);
    case "aggregate":
      return [
        ...computed(rel.keys),
        ...rel.aggregates.flatMap(({ call: { args, where, order } }) => [
          ...args,
          ...(where === undefined ? [] : [where]),
          ...(order ?? []).map(({ by }) => by),
        ]),
      ];
    case "first":
      return rel.order.map(({ by }) => by);
    case "join":
      return [rel.on];
    case "union":
      return rel.inputs.flatMap(({ columns }) => columns);
    case "sort":
      return [...rel.keys.map(({ by }) => by), ...(rel.limit === undefined ? [] : [rel.limit])];
    case "limit":
    case "sample":
      return [rel.count];
    case "expand":
      return [...computed(rel.lists), ...(rel.limit === undefined ? [] : [rel.limit])];
  }
}
