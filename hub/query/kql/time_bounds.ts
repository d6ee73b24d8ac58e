/**
 * Which times of a stored table can matter to a plan: files of other times need not be opened.
 *
 * A condition on the time column is carried down from a filter to the scan through what keeps or
 * drops whole rows by themselves (filters, projections, unions, sorts without a limit); everything
 * else forgets it. So a span is never narrower than what the plan reads.
 *
 * @module
 */
import type { Computed, Expr, Field, Rel, Shared } from "./plan.ts";

/** Ticks; absent where there is no bound. */
export interface TableSpan {
  /** Inclusive. */
  readonly from?: bigint | undefined;
  /** Exclusive. */
  readonly to?: bigint | undefined;
}

/** What is known of fields, by their ids. */
type Known = ReadonlyMap<number, TableSpan>;

const NOTHING: Known = new Map();

/** The span of each table that `rel` or `shared` scan. `timeOf` names a table's time column. */
export function timeBounds(
  rel: Rel,
  shared: readonly Shared[],
  timeOf: (table: string) => string,
): ReadonlyMap<string, TableSpan> {
  const spans = new Map<string, TableSpan>();
  const walk = (one: Rel, known: Known): void => {
    if (one.kind === "scan") {
      const time = one.fields.find(({ name }) => name === timeOf(one.table));
      const span = (time && known.get(time.id)) ?? {};
      const before = spans.get(one.table);
      spans.set(one.table, before === undefined ? span : both(before, span));
      return;
    }
    for (const [input, kept] of inputsOf(one, known)) walk(input, kept);
    for (const expr of expressionsOf(one)) eachRel(expr, (inner) => walk(inner, NOTHING));
  };
  walk(rel, NOTHING);
  for (const { rel: one } of shared) walk(one, NOTHING);
  return spans;
}

function inputsOf(rel: Rel, known: Known): readonly (readonly [Rel, Known])[] {
  switch (rel.kind) {
    case "scan":
    case "values":
    case "range":
    case "reference":
    case "whole":
      return [];
    case "fold":
      return [[rel.input, NOTHING]];
    case "filter":
      return [[rel.input, narrowed(known, rel.condition)]];
    case "project":
    case "extend":
      return [[rel.input, renamed(known, rel.columns)]];
    case "sort":
      return [[rel.input, rel.limit === undefined ? known : NOTHING]];
    case "union":
      return rel.inputs.map(({ rel: input, columns }) => [
        input,
        renamed(known, columns.map((expr, i) => ({ field: rel.fields[i]!, expr }))),
      ]);
    case "join":
      return [[rel.left, NOTHING], [rel.right, NOTHING]];
    case "aggregate":
    case "first":
    case "limit":
    case "sample":
    case "expand":
      return [[rel.input, NOTHING]];
  }
}

/** What is known of the fields that `columns` only pass on, under their names below; and as above. */
function renamed(known: Known, columns: readonly Computed[]): Known {
  // A window looks at other rows: to drop some of them would change what it sees.
  if (columns.some(({ expr }) => hasWindow(expr))) return NOTHING;
  const below = new Map(known);
  for (const { field, expr } of columns) {
    const span = known.get(field.id);
    if (span !== undefined && expr.kind === "field") below.set(expr.field.id, span);
  }
  return below;
}

function narrowed(known: Known, condition: Expr): Known {
  if (hasWindow(condition)) return NOTHING;
  const result = new Map(known);
  for (const { field, span } of conjuncts(condition).flatMap(spansOf)) {
    result.set(field.id, meet(result.get(field.id) ?? {}, span));
  }
  return result;
}

function conjuncts(expr: Expr): readonly Expr[] {
  return expr.kind === "call" && expr.name === "and" ? expr.args.flatMap(conjuncts) : [expr];
}

interface FieldSpan {
  readonly field: Field;
  readonly span: TableSpan;
}

const MIRRORED: Readonly<Record<string, string>> = {
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
  "==": "==",
};

function spansOf(expr: Expr): readonly FieldSpan[] {
  if (expr.kind !== "call") return [];
  const [left, right] = expr.args;
  if (left === undefined || right === undefined || expr.args.length !== 2) return [];
  if (left.kind === "field") return spanOf(left.field, expr.name, ticksOf(right));
  if (right.kind === "field") {
    return spanOf(right.field, MIRRORED[expr.name] ?? "", ticksOf(left));
  }
  return [];
}

function ticksOf(expr: Expr): bigint | undefined {
  if (expr.kind !== "literal" || expr.type !== "datetime") return undefined;
  return typeof expr.value === "bigint" ? expr.value : undefined;
}

function spanOf(field: Field, operator: string, ticks: bigint | undefined): readonly FieldSpan[] {
  if (ticks === undefined || field.type !== "datetime") return [];
  switch (operator) {
    case ">":
    case ">=":
      return [{ field, span: { from: ticks } }];
    case "<":
      return [{ field, span: { to: ticks } }];
    case "<=":
      return [{ field, span: { to: ticks + 1n } }];
    case "==":
      return [{ field, span: { from: ticks, to: ticks + 1n } }];
    default:
      return [];
  }
}

function meet(a: TableSpan, b: TableSpan): TableSpan {
  return {
    from: a.from === undefined || (b.from !== undefined && b.from > a.from) ? b.from : a.from,
    to: a.to === undefined || (b.to !== undefined && b.to < a.to) ? b.to : a.to,
  };
}

/** The least span that holds both. */
function both(a: TableSpan, b: TableSpan): TableSpan {
  const from = a.from === undefined || b.from === undefined ? undefined : min(a.from, b.from);
  const to = a.to === undefined || b.to === undefined ? undefined : -min(-a.to, -b.to);
  return { from, to };
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function hasWindow(expr: Expr): boolean {
  return expr.kind === "window" || partsOf(expr).some(hasWindow);
}

/** Calls `visit` for each relation within `expr`. */
function eachRel(expr: Expr, visit: (rel: Rel) => void): void {
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

function expressionsOf(rel: Rel): readonly Expr[] {
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
