/**
 * `sort`, `take`, `top`.
 *
 * @module
 */
import { convert } from "../functions/convert.ts";
import { callOf, type Expr, fieldOf, type SortKey } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { lowerRows } from "./rows.ts";
import type { Lowering, OperatorPlace, Table } from "./scope.ts";

export function lowerSort(operator: Syntax, input: Table, place: OperatorPlace): Table {
  return sorted(operator.list("Expressions"), input, place);
}

function sorted(list: readonly Syntax[], input: Table, place: OperatorPlace): Table {
  const values = list.map((one) => one.kind === "OrderedExpression" ? one.need("Expression") : one);
  const { table, exprs } = lowerRows(values, input, place);
  const keys = exprs.map((expr, i) => sortKey(sortable(expr), list[i]!));
  const computed = keys.filter(({ by }) => by.kind !== "field");
  if (computed.length === 0) return { ...table, order: keys, isSerialized: true };
  const columns = computed.map(({ by }) => ({
    field: place.lowering.newField("", by.type),
    expr: by,
  }));
  const order = keys.map((key): SortKey => {
    const column = columns.find(({ expr }) => expr === key.by);
    return column === undefined ? key : { ...key, by: fieldOf(column.field) };
  });
  return {
    ...table,
    rel: { kind: "extend", input: table.rel, columns },
    order,
    isSerialized: true,
  };
}

function sortable(expr: Expr): Expr {
  return expr.type === "dynamic" ? convert(expr, "string") : expr;
}

/** Descending unless it says otherwise; the absent are the least. */
function sortKey(by: Expr, syntax: Syntax): SortKey {
  const ordering = syntax.child("Ordering")?.text.toLowerCase() ?? "";
  const isDescending = !/^asc|^granny-asc/.test(ordering);
  const nulls = /nulls\s+(first|last)/.exec(ordering)?.[1];
  return { by, isDescending, nullsFirst: nulls === undefined ? !isDescending : nulls === "first" };
}

export function lowerTake(operator: Syntax, input: Table, place: OperatorPlace): Table {
  return take(input, countOfRows(operator.need("Expression"), place), place.lowering);
}

export function lowerTop(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const table = sorted([operator.need("ByExpression")], input, place);
  return take(table, countOfRows(operator.need("Expression"), place), place.lowering);
}

/** What an operator is told to give at most. */
export function countOfRows(syntax: Syntax, { lowering, scope }: OperatorPlace): Expr {
  return convert(lowering.expr(syntax, { scope }), "long");
}

/** The first `count` rows of `input`, or of each of its parts. */
export function take(input: Table, count: Expr, lowering: Lowering): Table {
  if (input.partition.length > 0) return takeOfParts(input, count, lowering);
  return {
    ...input,
    source: undefined,
    rel: input.order.length === 0
      ? { kind: "limit", input: input.rel, count }
      : { kind: "sort", input: input.rel, keys: input.order, limit: count },
  };
}

function takeOfParts(input: Table, count: Expr, lowering: Lowering): Table {
  const field = lowering.newField("", "long");
  const expr: Expr = {
    kind: "window",
    type: "long",
    name: "row_number",
    args: [],
    partition: input.partition.map(fieldOf),
    order: input.order,
  };
  return {
    ...input,
    source: undefined,
    rel: {
      kind: "filter",
      input: { kind: "extend", input: input.rel, columns: [{ field, expr }] },
      condition: callOf("bool", "<=", fieldOf(field), count),
    },
  };
}
