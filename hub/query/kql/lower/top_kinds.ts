/**
 * `top-hitters`, `top-nested`, `sample` and `sample-distinct`.
 *
 * @module
 */
import {
  type Aggregated,
  allOf,
  callOf,
  type Computed,
  type Expr,
  type Field,
  fieldOf,
  type Rel,
} from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { namedSyntax } from "./names.ts";
import { valuesOf } from "./named_values.ts";
import { lowerRows, numbered, project } from "./rows.ts";
import { failAt, type OperatorPlace, type Table, unsupported } from "./scope.ts";
import { countOfRows, take } from "./sort.ts";
import { plainTable } from "./sources.ts";

export function lowerTopHitters(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { lowering, whole } = place;
  const by = operator.child("ByClause")?.need("Expression");
  const of = operator.need("OfExpression");
  const { table, exprs } = lowerRows(by === undefined ? [of] : [of, by], input, place);
  const [value, weight] = exprs;
  const names = whole.columns ?? [];
  const key = lowering.newField(names[0]?.name ?? of.resultName ?? "Column1", value!.type);
  const hits = lowering.newField(
    names[1]?.name ?? (by === undefined ? "approximate_count" : "approximate_sum"),
    names[1]?.type ?? "long",
  );
  const call: Aggregated = {
    field: hits,
    call: weight === undefined
      ? { name: "count", type: "long", args: [] }
      : { name: "sum", type: hits.type, args: [weight] },
  };
  const rel: Rel = {
    kind: "aggregate",
    input: table.rel,
    keys: [{ field: key, expr: value! }],
    aggregates: [call],
  };
  const order = [{ by: fieldOf(hits), isDescending: true, nullsFirst: false }];
  const sorted: Table = { ...plainTable(rel, [key, hits]), order, isSerialized: true };
  return take(sorted, countOfRows(operator.need("Expression"), place), lowering);
}

export function lowerSample(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const count = countOfRows(operator.need("Expression"), place);
  return { ...plainTable({ kind: "sample", input: input.rel, count }, input.fields) };
}

/** The values that come first. */
export function lowerSampleDistinct(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { lowering } = place;
  const of = operator.need("OfExpression");
  const { table, exprs } = lowerRows([of], input, place);
  const rows = numbered(table, lowering);
  const name = place.whole.columns?.[0]?.name ?? of.resultName ?? "Column1";
  const key = lowering.newField(name, exprs[0]!.type);
  const first = lowering.newField("", "long");
  const rel: Rel = {
    kind: "aggregate",
    input: rows.rel,
    keys: [{ field: key, expr: exprs[0]! }],
    aggregates: [{
      field: first,
      call: { name: "min", type: "long", args: [rows.order[0]!.by] },
    }],
  };
  const order = [{ by: fieldOf(first), isDescending: false, nullsFirst: false }];
  const distinct: Table = { ...plainTable(rel, [key]), order };
  return take(distinct, countOfRows(operator.need("Expression"), place), lowering);
}

/** Each level doubles the statement. */
const MAX_LEVELS = 6;

/** One level of `top-nested`: what it groups by, its value, how many of them stay. */
interface Level {
  readonly key: Field;
  readonly value: Field;
}

export function lowerTopNested(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { lowering, whole } = place;
  let rows = input;
  const levels: Level[] = [];
  const clauses = operator.list("Clauses");
  if (clauses.length > MAX_LEVELS) {
    throw failAt(lowering, operator, {
      code: "limit",
      message: `top-nested has ${clauses.length} levels, at most ${MAX_LEVELS}`,
    });
  }
  for (const clause of clauses) {
    const others = clause.child("WithOthersClause");
    if (others !== undefined) throw unsupported(lowering, others, "top-nested with others");
    const { table, level } = nested(clause, { rows, levels }, place);
    rows = table;
    levels.push(level);
  }
  const fields = levels.flatMap(({ key, value }) => [key, value]);
  const distinct: Rel = {
    kind: "aggregate",
    input: rows.rel,
    keys: fields.map((field): Computed => ({ field, expr: fieldOf(field) })),
    aggregates: [],
  };
  const bound = whole.columns ?? [];
  const columns = fields.map((field, i): Computed => ({
    field: lowering.newField(bound[i]?.name ?? field.name, field.type),
    expr: fieldOf(field),
  }));
  return project(plainTable(distinct, fields), columns);
}

interface Nesting {
  readonly rows: Table;
  readonly levels: readonly Level[];
}

/** The rows of the groups that stay, with the key and the value of this level. */
function nested(
  clause: Syntax,
  { rows, levels }: Nesting,
  place: OperatorPlace,
): { readonly table: Table; readonly level: Level } {
  const { lowering } = place;
  const of = namedSyntax(clause.need("OfExpression"));
  const { table, exprs } = lowerRows([of.value], rows, place);
  const key = lowering.newField(of.given[0] ?? of.value.resultName ?? "Column1", exprs[0]!.type);
  const rel: Rel = { kind: "extend", input: table.rel, columns: [{ field: key, expr: exprs[0]! }] };
  const keys = [...levels.map((level) => level.key), key];
  const groups = groupsOf(clause, { table: { ...table, rel }, keys }, place);
  const on = keys.map((field, i): Expr =>
    callOf("bool", "same", fieldOf(field), fieldOf(groups.fields[i]!))
  );
  return {
    table: {
      ...table,
      rel: { kind: "join", join: "inner", left: rel, right: groups.rel, on: allOf(on) },
      order: [],
    },
    level: { key, value: groups.fields.at(-1)! },
  };
}

interface Keyed {
  readonly table: Table;
  readonly keys: readonly Field[];
}

/** The groups that stay of each parent: their keys under new numbers, then their value. */
function groupsOf(clause: Syntax, { table, keys }: Keyed, place: OperatorPlace): Table {
  const { lowering, scope } = place;
  const aggregates: Aggregated[] = [];
  const by = clause.need("ByExpression");
  const isOrdered = by.kind === "OrderedExpression";
  const isAscending = isOrdered && /asc/i.test(by.child("Ordering")?.text ?? "");
  const [value] = valuesOf(isOrdered ? by.need("Expression") : by, {
    scope,
    row: table,
    takeAggregate(call) {
      const field = lowering.newField("", call.type);
      aggregates.push({ field, call });
      return fieldOf(field);
    },
  }, lowering);
  const again = keys.map((field): Computed => ({
    field: lowering.newField(field.name, field.type),
    expr: fieldOf(field),
  }));
  const name = value!.given ?? `aggregated_${keys.at(-1)!.name}`;
  const amount = lowering.newField(name, value!.expr.type);
  const fields = [...again.map(({ field }) => field), amount];
  const rel: Rel = {
    kind: "extend",
    input: { kind: "aggregate", input: table.rel, keys: again, aggregates },
    columns: [{ field: amount, expr: value!.expr }],
  };
  const all: Table = {
    ...plainTable(rel, fields),
    order: [{ by: fieldOf(amount), isDescending: !isAscending, nullsFirst: isAscending }],
    partition: fields.slice(0, -2),
  };
  const count = clause.child("Expression");
  return count === undefined ? all : take(all, countOfRows(count, place), lowering);
}
