/**
 * `make-series`: aggregates of equal spans, as arrays.
 *
 * @module
 */
import { commonType, convert } from "../functions/convert.ts";
import {
  absent,
  type Aggregated,
  callOf,
  type Computed,
  type Expr,
  type Field,
  fieldOf,
  literal,
} from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { TICKS_BEFORE_EPOCH } from "../time_text.ts";
import { isNumeric, type ScalarType } from "../types.ts";
import { namedSyntax } from "./names.ts";
import { type NamedValue, namedValues } from "./named_values.ts";
import { parameterText } from "./parameters.ts";
import type { OperatorPlace, Table } from "./scope.ts";
import { plainTable } from "./sources.ts";
import { aggregateValues } from "./summarize.ts";

/** The axis: where it begins, how far it goes. */
interface Axis {
  readonly value: Expr;
  readonly name: string;
  readonly from: Expr | undefined;
  readonly to: Expr | undefined;
  readonly step: Expr;
  /** What spans are counted from. */
  readonly base: Expr;
}

export function lowerMakeSeries(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { lowering } = place;
  const by = operator.child("ByClause")?.list("Expressions") ?? [];
  const on = operator.need("OnClause").need("Expression");
  const keyed = namedValues([on, ...by], input, place);
  const axis = axisOf(operator, keyed.values[0]!, { place, on });
  const within = inRange(keyed.table, axis);
  const span = lowering.newField("", "long");
  const keys = keyed.values.slice(1).map(({ expr, given, wanted }, i): Computed => ({
    field: lowering.newField(given ?? wanted ?? `Column${i + 1}`, expr.type),
    expr,
  }));
  const index = callOf("long", "series_index", axis.value, axis.base, axis.step);
  const items = operator.list("Aggregates");
  const parts = keyed.table.partition.map((field): Computed => ({ field, expr: fieldOf(field) }));
  const spans = [...parts, ...keys, { field: span, expr: index }];
  const { table, aggregates, values } = aggregateValues(
    items.map((item) => item.need("Expression")),
    within,
    { keys: spans, place },
  );
  const defaults = items.map((item, i) => defaultOf(item, values[i]!, place));
  const bySpan = plainTable(
    { kind: "aggregate", input: table.rel, keys: spans, aggregates },
    [...keys.map(({ field }) => field), span],
  );
  return seriesOf({ ...bySpan, partition: keyed.table.partition }, {
    axis,
    keys,
    parts,
    span,
    values,
    defaults,
  }, {
    place,
    isAlways: parameterText(operator, "kind") === "nonempty" && by.length === 0,
  });
}

interface AxisPlace {
  readonly place: OperatorPlace;
  readonly on: Syntax;
}

function axisOf(operator: Syntax, value: NamedValue, { place, on }: AxisPlace): Axis {
  const clause = operator.need("RangeClause");
  const lower = (syntax: Syntax | undefined): Expr | undefined =>
    syntax && place.lowering.expr(syntax, { scope: place.scope });
  const isIn = clause.kind === "MakeSeriesInRangeClause";
  const list = isIn ? clause.need("Arguments").list("Expressions") : [];
  const from = lower(isIn ? list[0] : clause.child("MakeSeriesFromClause")?.need("Expression"));
  const last = lower(isIn ? list[1] : clause.child("MakeSeriesToClause")?.need("Expression"));
  const step = lower(isIn ? list[2] : clause.need("MakeSeriesStepClause").need("Expression"))!;
  const type = axisType([value.expr, from, last, step]);
  const stepType = type === "datetime" ? "timespan" : type;
  const by = convert(step, stepType);
  const to = last && convert(last, type);
  return {
    value: convert(value.expr, type),
    name: value.given ?? value.wanted ?? namedSyntax(on).value.resultName ?? "Column1",
    from: from && convert(from, type),
    // The old form takes its last value in.
    to: isIn && to !== undefined ? callOf(type, "+", to, by) : to,
    step: by,
    base: from ? convert(from, type) : firstOf(type),
  };
}

function axisType(exprs: readonly (Expr | undefined)[]): ScalarType {
  const known = exprs.filter((expr) => expr !== undefined);
  const time = known.slice(0, -1).find(({ type }) => type === "datetime" || type === "timespan");
  if (time !== undefined) return time.type;
  const type = commonType(known);
  return isNumeric(type) ? type : "real";
}

function firstOf(type: ScalarType): Expr {
  if (type === "datetime") return literal(type, -TICKS_BEFORE_EPOCH);
  return type === "real" ? literal(type, 0) : literal(type, 0n);
}

function inRange(table: Table, { value, from, to }: Axis): Table {
  const tests = [
    ...from === undefined ? [] : [callOf("bool", ">=", value, from)],
    ...to === undefined ? [] : [callOf("bool", "<", value, to)],
    callOf("bool", "isnotnull", value),
  ];
  const condition = tests.reduce((all, one) => callOf("bool", "and", all, one));
  return { ...table, rel: { kind: "filter", input: table.rel, condition } };
}

/** What stands for spans without rows; 0 unless it says otherwise. */
function defaultOf(item: Syntax, { expr }: NamedValue, { lowering, scope }: OperatorPlace): Expr {
  const clause = item.child("DefaultExpression");
  if (clause !== undefined) return lowering.expr(clause.need("Expression"), { scope });
  return isNumeric(expr.type) ? literal("long", 0n) : absent(expr.type);
}

interface SeriesParts {
  readonly axis: Axis;
  readonly keys: readonly Computed[];
  /** What tells the parts of a partition apart. */
  readonly parts: readonly Computed[];
  readonly span: Field;
  readonly values: readonly NamedValue[];
  readonly defaults: readonly Expr[];
}

interface SeriesPlace {
  readonly place: OperatorPlace;
  /** There is a row even where nothing came in. */
  readonly isAlways: boolean;
}

function seriesOf(
  bySpan: Table,
  { axis, keys, parts, span, values, defaults }: SeriesParts,
  { place: { lowering, whole }, isAlways }: SeriesPlace,
): Table {
  const aggregate = (name: string, type: ScalarType, args: readonly Expr[]): Aggregated => ({
    field: lowering.newField("", type),
    call: { name, type, args },
  });
  const pairs = values.map(({ expr }) =>
    aggregate("series_pairs", "dynamic", [fieldOf(span), convert(expr, "dynamic")])
  );
  const [least, most, rows] = [
    aggregate("min", "long", [fieldOf(span)]),
    aggregate("max", "long", [fieldOf(span)]),
    aggregate("count", "long", []),
  ];
  const first = axis.from === undefined ? fieldOf(least.field) : literal("long", 0n);
  const end = axis.to === undefined
    ? callOf("long", "+", fieldOf(most.field), literal("long", 1n))
    : callOf("long", "series_end", axis.to, axis.base, axis.step);
  const count = callOf("long", "-", end, first);
  const own = keys.map(({ field }): Computed => ({ field, expr: fieldOf(field) }));
  const grouped = {
    kind: "aggregate" as const,
    input: bySpan.rel,
    keys: [...parts, ...own],
    aggregates: [...pairs, least, most, rows],
  };
  const input = isAlways || keys.length + parts.length > 0 ? grouped : {
    kind: "filter" as const,
    input: grouped,
    condition: callOf("bool", ">", fieldOf(rows.field), literal("long", 0n)),
  };
  const bound = whole.columns ?? [];
  const size = keys.length + values.length + 1;
  const nameOf = (name: string, i: number): string =>
    bound.length === size && !whole.isOpen ? bound[i]!.name : name;
  const columns = [
    ...keys.map(({ field }, i) => ({ name: nameOf(field.name, i), expr: fieldOf(field) })),
    ...values.map(({ given, wanted }, i) => ({
      name: nameOf(given ?? wanted ?? `Column${i + 1}`, keys.length + i),
      expr: madeSeries([fieldOf(pairs[i]!.field), first, count, convert(defaults[i]!, "dynamic")]),
    })),
    {
      name: nameOf(axis.name, size - 1),
      expr: callOf("dynamic", "series_axis", axis.base, axis.step, first, count),
    },
  ].map(({ name, expr }): Computed => ({ field: lowering.newField(name, expr.type), expr }));
  const rel = { kind: "project" as const, input, columns: [...parts, ...columns] };
  return { ...plainTable(rel, columns.map(({ field }) => field)), partition: bySpan.partition };
}

function madeSeries(args: readonly Expr[]): Expr {
  return { kind: "native", type: "dynamic", name: "n_make_series", args };
}
