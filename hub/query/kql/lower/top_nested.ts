/**
 * `top-nested`: the groups that come first of each level, within those of the level before.
 *
 * With `others`, a row that is in none of them stays, in a group of its own: at each level that has
 * `others` under that name and with the value of all such rows, at any other without both.
 *
 * @module
 */
import { convert } from "../functions/convert.ts";
import {
  absent,
  type Aggregated,
  allOf,
  callOf,
  type Computed,
  type Expr,
  type Field,
  fieldOf,
  literal,
  type Rel,
  type SortKey,
} from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { shareTable } from "./let_scope.ts";
import { namedSyntax } from "./names.ts";
import { valuesOf } from "./named_values.ts";
import { extend, lowerRows, project } from "./rows.ts";
import { failAt, type OperatorPlace, type Table } from "./scope.ts";
import { countOfRows, take } from "./sort.ts";
import { plainTable } from "./sources.ts";

/** Bounds what one text makes the hub group again and again. */
const MAX_LEVELS = 6;

/** The rows with what the levels so far say of them; all of it is in `table.fields`, at the end. */
interface Levelled {
  readonly table: Table;
  /** Pairs of a key and its value, one for each level. */
  readonly levels: readonly Field[];
  /** Of each level, whether the row is in no group that came first. */
  readonly isOther: readonly Field[];
  /** Whether a level has shown the row among its others. */
  readonly isKept: Field;
}

export function lowerTopNested(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { lowering, whole } = place;
  const clauses = operator.list("Clauses");
  if (clauses.length > MAX_LEVELS) {
    throw failAt(lowering, operator, {
      code: "limit",
      message: `top-nested has ${clauses.length} levels, at most ${MAX_LEVELS}`,
    });
  }
  const kept: Computed = { field: lowering.newField("", "bool"), expr: literal("bool", false) };
  const first: Levelled = {
    table: extend({ ...input, order: [] }, [kept], [...input.fields, kept.field]),
    levels: [],
    isOther: [],
    isKept: kept.field,
  };
  const { table, levels, isOther, isKept } = clauses.reduce(
    (before: Levelled, clause) => levelled(clause, before, place),
    first,
  );
  const last = isOther.at(-1)!;
  const condition = callOf("bool", "or", callOf("bool", "not", fieldOf(last)), fieldOf(isKept));
  const all = [...table.partition, ...levels, ...isOther];
  const distinct: Rel = {
    kind: "aggregate",
    input: { kind: "filter", input: table.rel, condition },
    keys: all.map((field): Computed => ({ field, expr: fieldOf(field) })),
    aggregates: [],
  };
  const bound = whole.columns ?? [];
  const columns = levels.map((field, i): Computed => ({
    field: lowering.newField(bound[i]?.name ?? field.name, field.type),
    expr: fieldOf(field),
  }));
  return project({ ...plainTable(distinct, levels), partition: table.partition }, columns);
}

/** Lets one level look at the rows. */
function levelled(clause: Syntax, before: Levelled, place: OperatorPlace): Levelled {
  const { lowering } = place;
  const of = namedSyntax(clause.need("OfExpression"));
  const { table, exprs } = lowerRows([of.value], before.table, place);
  const key: Computed = {
    field: lowering.newField(of.given[0] ?? of.value.resultName ?? "Column1", exprs[0]!.type),
    expr: exprs[0]!,
  };
  const keyed = extend(table, [key], [...table.fields, key.field]);
  const own = { clause, place, key: keyed.fields.length - 1, before };
  const tops = withTops(keyed, own);
  const others = clause.child("WithOthersClause")?.need("Expression");
  const name = others === undefined
    ? absent(key.field.type)
    : convert(lowering.expr(others, { scope: place.scope }), key.field.type);
  return withOthers(tops, name, { ...own, hasOthers: others !== undefined });
}

interface Level {
  readonly clause: Syntax;
  readonly place: OperatorPlace;
  /** Which field of the rows is the key. */
  readonly key: number;
  readonly before: Levelled;
}

/** The rows, the value of their group if it is among the first, and whether it is not. */
interface Tops {
  readonly rows: Table;
  readonly before: Levelled;
  readonly key: Field;
  readonly value: Field;
  readonly isOther: Field;
}

function withTops(keyed: Table, { clause, place, key, before }: Level): Tops {
  const { lowering } = place;
  const { open } = shareTable({ ...keyed, source: undefined }, lowering, true);
  const left = opened(open(), before, keyed);
  const right = opened(open(), before, keyed);
  const parents = [...right.table.partition, ...right.before.levels, ...right.before.isOther];
  const wasOther = right.before.isOther.at(-1);
  const rows = wasOther === undefined
    ? right.table
    : filtered(right.table, callOf("bool", "not", fieldOf(wasOther)));
  const keys = [...parents, right.table.fields[key]!];
  const groups = grouped(clause, { rows, keys, isRanked: true }, place);
  const mark: Computed = { field: lowering.newField("", "bool"), expr: literal("bool", true) };
  const marked = extend(groups.table, [mark], groups.table.fields);
  const own = [
    ...left.table.partition,
    ...left.before.levels,
    ...left.before.isOther,
    left.table.fields[key]!,
  ];
  const rel: Rel = {
    kind: "join",
    join: "left",
    left: left.table.rel,
    right: marked.rel,
    on: sameAll(own, groups.keys),
  };
  const isOther: Computed = {
    field: lowering.newField("", "bool"),
    expr: callOf("bool", "isnull", fieldOf(mark.field)),
  };
  const table = extend({ ...left.table, rel }, [isOther], [...left.table.fields, isOther.field]);
  return {
    rows: { ...table, fields: [...table.fields, groups.value] },
    before: left.before,
    key: left.table.fields[key]!,
    value: groups.value,
    isOther: isOther.field,
  };
}

interface OtherLevel extends Level {
  readonly hasOthers: boolean;
}

/** The rows, where those of no group are together, with the value of all of them if it is asked. */
function withOthers(tops: Tops, name: Expr, level: OtherLevel): Levelled {
  const { place: { lowering }, hasOthers } = level;
  const { rows, value: amount, others } = hasOthers
    ? valued(tops, level)
    : { rows: tops, value: tops.value, others: absent(tops.value.type) };
  const choose = (other: Expr, top: Expr): Expr => ({
    kind: "case",
    type: top.type,
    branches: [{ when: fieldOf(rows.isOther), value: other }],
    otherwise: top,
  });
  const column = (field: Field, expr: Expr): Computed => ({
    field: lowering.newField(field.name, field.type),
    expr,
  });
  const key = column(rows.key, choose(name, fieldOf(rows.key)));
  const value = column(amount, choose(others, fieldOf(amount)));
  const kept = column(
    rows.before.isKept,
    callOf(
      "bool",
      "or",
      fieldOf(rows.before.isKept),
      hasOthers ? fieldOf(rows.isOther) : literal("bool", false),
    ),
  );
  const columns = [key, value, kept];
  return {
    table: extend(rows.rows, columns, [...rows.rows.fields, ...columns.map(({ field }) => field)]),
    levels: [...rows.before.levels, key.field, value.field],
    isOther: [...rows.before.isOther, rows.isOther],
    isKept: kept.field,
  };
}

/** Joins the value of the others of each parent to the rows. */
function valued(
  tops: Tops,
  { clause, place }: OtherLevel,
): { readonly rows: Tops; readonly value: Field; readonly others: Expr } {
  const { lowering } = place;
  const { open } = shareTable({ ...tops.rows, source: undefined }, lowering, true);
  const [left, right] = [openedTops(open(), tops), openedTops(open(), tops)];
  const parentsOf = ({ rows, before }: Tops): readonly Field[] => [
    ...rows.partition,
    ...before.levels,
    ...before.isOther,
  ];
  const others = filtered(right.rows, fieldOf(right.isOther));
  const groups = grouped(
    clause,
    { rows: others, keys: parentsOf(right), isRanked: false },
    place,
  );
  const rel: Rel = {
    kind: "join",
    join: "left",
    left: left.rows.rel,
    right: groups.table.rel,
    on: sameAll(parentsOf(left), groups.keys),
  };
  const rows = {
    ...left,
    rows: { ...left.rows, rel, fields: [...left.rows.fields, groups.value] },
  };
  return { rows, value: left.value, others: fieldOf(groups.value) };
}

interface Grouping {
  readonly rows: Table;
  readonly keys: readonly Field[];
  /** Only the first groups of each parent, by their value. */
  readonly isRanked: boolean;
}

interface Groups {
  readonly table: Table;
  /** The keys under new numbers. */
  readonly keys: readonly Field[];
  readonly value: Field;
}

function grouped(clause: Syntax, { rows, keys, isRanked }: Grouping, place: OperatorPlace): Groups {
  const { lowering, scope } = place;
  const aggregates: Aggregated[] = [];
  const by = clause.need("ByExpression");
  const isOrdered = by.kind === "OrderedExpression";
  const isAscending = isOrdered && /asc/i.test(by.child("Ordering")?.text ?? "");
  const [value] = valuesOf(isOrdered ? by.need("Expression") : by, {
    scope,
    row: rows,
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
  const name = value!.given ?? `aggregated_${keys.at(-1)?.name ?? ""}`;
  const amount = lowering.newField(name, value!.expr.type);
  const fields = [...again.map(({ field }) => field), amount];
  const rel: Rel = {
    kind: "extend",
    input: { kind: "aggregate", input: rows.rel, keys: again, aggregates },
    columns: [{ field: amount, expr: value!.expr }],
  };
  const order: readonly SortKey[] = [
    { by: fieldOf(amount), isDescending: !isAscending, nullsFirst: isAscending },
  ];
  const all: Table = { ...plainTable(rel, fields), order, partition: fields.slice(0, -2) };
  const count = isRanked ? clause.child("Expression") : undefined;
  return {
    table: count === undefined ? all : take(all, countOfRows(count, place), lowering),
    keys: again.map(({ field }) => field),
    value: amount,
  };
}

function filtered(table: Table, condition: Expr): Table {
  return { ...table, rel: { kind: "filter", input: table.rel, condition } };
}

function sameAll(left: readonly Field[], right: readonly Field[]): Expr {
  return allOf(left.map((field, i) => callOf("bool", "same", fieldOf(field), fieldOf(right[i]!))));
}

/** What the fields of `from` are in `table`, which has them in the same places. */
function movedTo(table: Table, from: Table): (field: Field) => Field {
  return (field) => table.fields[from.fields.findIndex(({ id }) => id === field.id)]!;
}

function movedLevels(before: Levelled, move: (field: Field) => Field): Levelled {
  return {
    ...before,
    levels: before.levels.map(move),
    isOther: before.isOther.map(move),
    isKept: move(before.isKept),
  };
}

function opened(
  table: Table,
  before: Levelled,
  from: Table,
): { readonly table: Table; readonly before: Levelled } {
  return { table, before: movedLevels(before, movedTo(table, from)) };
}

function openedTops(table: Table, tops: Tops): Tops {
  const move = movedTo(table, tops.rows);
  return {
    rows: table,
    before: movedLevels(tops.before, move),
    key: move(tops.key),
    value: move(tops.value),
    isOther: move(tops.isOther),
  };
}
