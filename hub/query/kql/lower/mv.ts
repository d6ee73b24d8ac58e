/**
 * `mv-expand` and `mv-apply`: one row for each element of arrays.
 *
 * @module
 */
import { convert } from "../functions/convert.ts";
import {
  callOf,
  type Computed,
  type Expr,
  type Field,
  fieldOf,
  type Rel,
  type SortKey,
} from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { type ScalarType, scalarTypeOf } from "../types.ts";
import { withColumns } from "./filter_project.ts";
import { shareTable } from "./let_scope.ts";
import { namedSyntax, nameTaker } from "./names.ts";
import { parameterText } from "./parameters.ts";
import { extend, lowerRows, project } from "./rows.ts";
import { type OperatorPlace, type Table, unsupported } from "./scope.ts";
import { countOfRows } from "./sort.ts";

export function lowerMvExpand(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const limit = operator.child("RowLimitClause")?.child("RowLimit");
  return expanded(operator, input, {
    ...place,
    keepsEmpty: true,
    limit: limit === undefined ? undefined : countOfRows(limit, place),
  });
}

interface ExpandPlace extends OperatorPlace {
  /** A row without elements stays, with absent ones. */
  readonly keepsEmpty: boolean;
  readonly limit?: Expr | undefined;
}

function expanded(operator: Syntax, input: Table, place: ExpandPlace): Table {
  const { lowering } = place;
  const items = operator.list("Expressions").map((one) => ({
    ...namedSyntax(one.need("Expression")),
    type: typeAfter(one),
  }));
  const { table, exprs } = lowerRows(items.map(({ value }) => value), input, place);
  const kind = parameterText(operator, "kind") ?? parameterText(operator, "bagexpansion");
  const elements = exprs.map((expr): Computed => ({
    field: lowering.newField("", "dynamic"),
    expr: callOf(
      "dynamic",
      `${kind?.toLowerCase() === "array" ? "pairs" : "elements"}${
        place.keepsEmpty ? "_or_absent" : ""
      }`,
      convert(expr, "dynamic"),
    ),
  }));
  const taker = nameTaker(input.fields.map(({ name }) => name));
  const indexName = parameterText(operator, "with_itemindex");
  const index = lowering.newField(indexName ?? "", "long");
  const columns = elements.map(({ field }, i): Computed => {
    const { given, value, type } = items[i]!;
    const name = given[0] ?? value.resultName ?? taker.take("Column1");
    const shown = convert(fieldOf(field), type);
    return { field: lowering.newField(name, type), expr: shown };
  });
  const rel: Rel = {
    kind: "expand",
    input: table.rel,
    lists: elements,
    index,
    limit: place.limit,
  };
  const byIndex: SortKey = { by: fieldOf(index), isDescending: false, nullsFirst: false };
  const fields = withColumns(input.fields, columns);
  return extend(
    {
      ...table,
      rel,
      source: undefined,
      order: table.order.length === 0 ? [] : [...table.order, byIndex],
    },
    columns,
    indexName === undefined ? fields : [...fields, index],
  );
}

/** The type after `to`. */
function typeAfter(expression: Syntax): ScalarType {
  const text = expression.child("ToTypeOf")?.text ?? "";
  const name = /typeof\s*\(\s*([a-z0-9]+)\s*\)/i.exec(text)?.[1] ?? "dynamic";
  return scalarTypeOf(name) ?? "dynamic";
}

/** Lowers a pipeline over the elements of each row as if they were a table of their own. */
export function lowerMvApply(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { lowering, scope, whole } = place;
  if (operator.child("ContextIdClause") !== undefined) {
    throw unsupported(lowering, operator, "mv-apply with id");
  }
  const id = lowering.newField("", "long");
  const number: Expr = {
    kind: "window",
    type: "long",
    name: "row_number",
    args: [],
    partition: [],
    order: input.order,
  };
  const numbered = extend(input, [{ field: id, expr: number }], [...input.fields, id]);
  const { open } = shareTable({ ...numbered, source: undefined }, lowering, true);
  const [rows, base] = [open(), open()];
  const own = withoutLast(base);
  const limit = operator.child("RowLimitClause")?.child("RowLimit");
  const elements = expanded(operator, own.table, {
    ...place,
    keepsEmpty: false,
    limit: limit === undefined ? undefined : countOfRows(limit, place),
  });
  const subquery = operator.need("Subquery").need("Expression");
  const part = lowering.pipeline(subquery, {
    ...elements,
    partition: [...own.table.partition, own.id],
    isSerialized: true,
  }, scope);
  // Operators of the subquery may have given the number of the row a new one.
  return backTogether(rows, part, { id: part.partition.at(-1) ?? own.id, whole });
}

function withoutLast(table: Table): { readonly table: Table; readonly id: Field } {
  return { table: { ...table, fields: table.fields.slice(0, -1) }, id: table.fields.at(-1)! };
}

interface Together {
  readonly id: Field;
  readonly whole: Syntax;
}

/** The rows again, each beside what has become of its elements. */
function backTogether(rows: Table, part: Table, { id, whole }: Together): Table {
  const { table: left, id: number } = withoutLast(rows);
  const rel: Rel = {
    kind: "join",
    join: "inner",
    left: left.rel,
    right: part.rel,
    on: callOf("bool", "same", fieldOf(number), fieldOf(id)),
  };
  const shown = new Map(left.fields.map((field) => [field.name, field]));
  for (const field of part.fields) shown.set(field.name, field);
  const bound = whole.isOpen ? [] : whole.columns ?? [];
  const names = bound.every(({ name }) => shown.has(name)) && bound.length > 0
    ? bound.map(({ name }) => name)
    : [...shown.keys()];
  const fields = names.map((name) => shown.get(name)!);
  const order: readonly SortKey[] = [
    { by: fieldOf(number), isDescending: false, nullsFirst: false },
    ...part.order,
  ];
  const table: Table = { ...left, rel, fields, order };
  return project(table, fields.map((field): Computed => ({ field, expr: fieldOf(field) })));
}
