/**
 * Plugins that look at rows one by one: `narrow`, `rows_near`, `identity`.
 *
 * @module
 */
import { condition, convert } from "../../functions/convert.ts";
import { nativeCall } from "../../functions/native_call.ts";
import {
  callOf,
  type Computed,
  type Expr,
  type Field,
  fieldOf,
  literal,
  type Rel,
  type SortKey,
} from "../../plan.ts";
import { constantWhole } from "../fold.ts";
import { extend, lowerRows } from "../rows.ts";
import { failAt, type OperatorPlace, type Table } from "../scope.ts";
import type { PluginCall } from "./plugin.ts";

/** The rows as they are. */
export function lowerIdentity(_call: PluginCall, input: Table): Table {
  return input;
}

/** A row for each value: the number of its row from 0, the name of its column, its text. */
export function lowerNarrow(_call: PluginCall, input: Table, { lowering }: OperatorPlace): Table {
  const number = lowering.newField("", "long");
  const position = positionOf(input);
  const rows = extend(input, [{ field: number, expr: position }], input.fields);
  const texts = input.fields.map((field) =>
    callOf(
      "dynamic",
      "pack_array",
      convert(literal("string", field.name), "dynamic"),
      convert(narrowText(field), "dynamic"),
    )
  );
  const pair = lowering.newField("", "dynamic");
  const index = lowering.newField("", "long");
  const expanded: Rel = {
    kind: "expand",
    input: rows.rel,
    lists: [{
      field: pair,
      expr: callOf("dynamic", "elements", callOf("dynamic", "pack_array", ...texts)),
    }],
    index,
  };
  const part = (i: bigint): Expr =>
    convert(callOf("dynamic", "element", fieldOf(pair), literal("long", i)), "string");
  const columns: readonly Computed[] = [
    {
      field: lowering.newField("Row", "long"),
      expr: callOf("long", "-", fieldOf(number), literal("long", 1n)),
    },
    { field: lowering.newField("Column", "string"), expr: part(0n) },
    { field: lowering.newField("Value", "string"), expr: part(1n) },
  ];
  const ascending = (field: Field): SortKey => ({
    by: fieldOf(field),
    isDescending: false,
    nullsFirst: false,
  });
  return extend(
    {
      ...input,
      rel: expanded,
      source: undefined,
      order: [ascending(number), ascending(index)],
    },
    columns,
    columns.map(({ field }) => field),
  );
}

/** As .NET writes it, which the plugin's documentation shows: `True`, `2017-03-14 10:59:18.9263023`. */
function narrowText(field: Field): Expr {
  const value = fieldOf(field);
  if (field.type === "datetime") {
    return nativeCall("n_format_datetime", [
      value,
      literal("string", "yyyy-MM-dd HH:mm:ss.fffffff"),
    ]);
  }
  if (field.type !== "bool") return convert(value, "string");
  return {
    kind: "case",
    type: "string",
    branches: [
      { when: callOf("bool", "isnull", value), value: literal("string", "") },
      { when: value, value: literal("string", "True") },
    ],
    otherwise: literal("string", "False"),
  };
}

/** Rows at most so many before or after one for which the condition holds. */
export function lowerRowsNear(call: PluginCall, input: Table, place: OperatorPlace): Table {
  const { lowering } = place;
  const [test, before, after = before] = call.args;
  if (!input.isSerialized || test === undefined || before === undefined || after === undefined) {
    throw failAt(lowering, call.syntax, {
      code: "semantic",
      message: "rows_near() needs rows in order, a condition and a number of rows",
      expected: "sort or serialize before it",
    });
  }
  const [most, least] = [before, after].map((arg) => {
    const count = constantWhole(lowering.expr(arg, { scope: place.scope }));
    if (count !== undefined && count >= 0n) return literal("long", count);
    throw failAt(lowering, arg, { code: "semantic", message: "the number of rows is no constant" });
  });
  const { table, exprs } = lowerRows([test], input, place);
  const [number, hit] = [lowering.newField("", "long"), lowering.newField("", "long")];
  const numbered = extend(table, [{ field: number, expr: positionOf(table) }], table.fields);
  const hits = extend(numbered, [{
    field: hit,
    expr: {
      kind: "case",
      type: "long",
      branches: [{ when: condition(exprs[0]!), value: fieldOf(number) }],
      otherwise: literal("long", null),
    },
  }], table.fields);
  const [last, next] = [lowering.newField("", "long"), lowering.newField("", "long")];
  const near = extend(hits, [
    { field: last, expr: running("max", hit, { table, number, isDescending: false }) },
    { field: next, expr: running("min", hit, { table, number, isDescending: true }) },
  ], table.fields);
  const within = (from: Field, to: Field, count: Expr): Expr =>
    callOf(
      "bool",
      "coalesce",
      callOf("bool", "<=", callOf("long", "-", fieldOf(to), fieldOf(from)), count),
      literal("bool", false),
    );
  const isNear = callOf("bool", "or", within(last, number, least!), within(number, next, most!));
  return {
    ...near,
    rel: { kind: "filter", input: near.rel, condition: isNear },
    // Rows that were in order by themselves, as those of `range`, are so no more.
    order: [{ by: fieldOf(number), isDescending: false, nullsFirst: false }],
    source: undefined,
  };
}

interface Running {
  readonly table: Table;
  readonly number: Field;
  readonly isDescending: boolean;
}

/** The greatest or least of the rows up to this one. */
function running(name: string, of: Field, { table, number, isDescending }: Running): Expr {
  return {
    kind: "window",
    type: of.type,
    name,
    args: [fieldOf(of)],
    partition: table.partition.map(fieldOf),
    order: [{ by: fieldOf(number), isDescending, nullsFirst: false }],
  };
}

function positionOf({ partition, order }: Table): Expr {
  return {
    kind: "window",
    type: "long",
    name: "row_number",
    args: [],
    partition: partition.map(fieldOf),
    order,
  };
}
