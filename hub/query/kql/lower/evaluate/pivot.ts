/**
 * `evaluate pivot(column, aggregate, …)`: the values of a column as columns.
 *
 * @module
 */
import { ColumnsNeeded } from "../../columns_needed.ts";
import { convert } from "../../functions/convert.ts";
import { KqlError } from "../../kql_error.ts";
import {
  type AggregateCall,
  type Aggregated,
  allOf,
  callOf,
  type Computed,
  type Field,
  fieldOf,
  literal,
} from "../../plan.ts";
import type { BoundColumn, Syntax } from "../../syntax.ts";
import { keep } from "../filter_project.ts";
import { mapExpr } from "../map_expr.ts";
import { type OperatorPlace, type Table, unsupported } from "../scope.ts";
import { plainTable } from "../sources.ts";
import { grouped } from "../summarize.ts";
import { columnAt, type PluginCall } from "./plugin.ts";

const MAX_COLUMNS = 1000;

export function lowerPivot(call: PluginCall, input: Table, place: OperatorPlace): Table {
  const pivot = columnAt(call, 0, { input, place });
  const aggregate = aggregateOf(call.args[1], input, place);
  const keys = keysOf(call, { pivot, aggregate }, { input, place });
  const names = new Set(keys.map(({ name }) => name));
  const values = call.schema?.columns.filter(({ name }) => !names.has(name)) ??
    place.lowering.columns.get(call.syntax.start) ?? asked(call, pivot, { input, place });
  const aggregates = values.map(({ name }): Aggregated => ({
    field: place.lowering.newField(name, aggregate.type),
    call: { ...aggregate, where: isValue(aggregate, pivot, name) },
  }));
  const table = grouped(input, {
    keys: keys.map((field): Computed => ({
      field: place.lowering.newField(field.name, field.type),
      expr: fieldOf(field),
    })),
    aggregates,
    values: aggregates.map(({ field }) => ({ expr: fieldOf(field), given: field.name })),
  }, place);
  const shown = call.schema?.columns.flatMap(({ name }) =>
    table.fields.filter((field) => field.name === name)
  );
  return shown === undefined ? table : keep(table, shown);
}

function isValue({ where }: AggregateCall, pivot: Field, value: string): AggregateCall["where"] {
  const same = callOf(
    "bool",
    "==",
    convert(fieldOf(pivot), "string"),
    literal("string", value),
  );
  return where === undefined ? same : allOf([where, same]);
}

/** The one aggregate that an argument is; `count()` without one. */
function aggregateOf(
  syntax: Syntax | undefined,
  input: Table,
  { lowering, scope }: OperatorPlace,
): AggregateCall {
  const calls: AggregateCall[] = [];
  if (syntax === undefined) return { name: "count", type: "long", args: [] };
  const expr = lowering.expr(syntax, {
    scope,
    row: input,
    takeAggregate(call) {
      calls.push(call);
      return fieldOf(lowering.newField("", call.type));
    },
  });
  const [call] = calls;
  if (call === undefined || calls.length > 1 || expr.kind !== "field") {
    throw unsupported(lowering, syntax, "pivot() by other than one aggregate");
  }
  return call;
}

/** The columns that are named, else those that nothing else uses. */
function keysOf(
  call: PluginCall,
  { pivot, aggregate }: { readonly pivot: Field; readonly aggregate: AggregateCall },
  { input, place }: { readonly input: Table; readonly place: OperatorPlace },
): readonly Field[] {
  const named = call.args.slice(2).map((_, i) => columnAt(call, i + 2, { input, place }));
  if (named.length > 0) return named;
  const used = new Set([pivot.id]);
  for (const arg of aggregate.args) {
    mapExpr(arg, (node) => {
      if (node.kind === "field") used.add(node.field.id);
      return node;
    });
  }
  return input.fields.filter(({ id }) => !used.has(id));
}

/** @throws {ColumnsNeeded} */
function asked(
  call: PluginCall,
  pivot: Field,
  { input, place: { lowering } }: { readonly input: Table; readonly place: OperatorPlace },
): never {
  const field = lowering.newField("Value", "string");
  const value = convert(fieldOf(pivot), "string");
  throw new ColumnsNeeded({
    plugin: call.name,
    place: call.syntax.start,
    shared: lowering.shared,
    probe: plainTable({
      kind: "aggregate",
      input: input.rel,
      keys: [{ field, expr: value }],
      aggregates: [],
    }, [field]),
    read: columnsOfValues,
  });
}

function columnsOfValues(values: readonly string[]): readonly BoundColumn[] {
  if (values.length > MAX_COLUMNS) {
    throw new KqlError({
      code: "limit",
      message: `pivot() gives ${values.length} columns, at most ${MAX_COLUMNS}`,
    });
  }
  return values.filter((value) => value !== "").toSorted()
    .map((name) => ({ name, type: "dynamic" }));
}
