/**
 * Where rows come from: stored tables, `datatable`, `print`, `range`.
 *
 * @module
 */
import { commonType, convert } from "../functions/convert.ts";
import { type Computed, type Expr, type Field } from "../plan.ts";
import type { SchemaTable, Syntax } from "../syntax.ts";
import type { ScalarType } from "../types.ts";
import { constantWhole } from "./fold.ts";
import { valuesOf } from "./named_values.ts";
import { failAt, type Lowering, type OperatorPlace, type Scope, type Table } from "./scope.ts";

/** Most rows of a `range`. */
const MAX_RANGE = 1_048_576n;

export function plainTable(rel: Table["rel"], fields: readonly Field[]): Table {
  return { rel, fields, order: [], partition: [], isSerialized: false };
}

export function scanTable({ name, columns }: SchemaTable, lowering: Lowering): Table {
  const fields = columns.map((column): Field => {
    const field = lowering.newField(column.name, column.type);
    return column.type === "string" ? { ...field, isStored: true } : field;
  });
  return { ...plainTable({ kind: "scan", table: name, fields }, fields), source: name };
}

export function lowerDatatable(syntax: Syntax, lowering: Lowering, scope: Scope): Table {
  const columns = syntax.need("Schema").list("Columns");
  const types = columns.map((column): ScalarType => column.need("Name").type ?? "dynamic");
  const fields = columns.map((column, i) => lowering.newField(column.need("Name").name, types[i]!));
  const values = syntax.list("Values");
  if (columns.length === 0 || values.length % columns.length !== 0) {
    throw failAt(lowering, syntax, {
      code: "semantic",
      message: `${values.length} values are no rows of ${columns.length} columns`,
    });
  }
  const rows: Expr[][] = [];
  for (const [i, value] of values.entries()) {
    const column = i % columns.length;
    if (column === 0) rows.push([]);
    rows.at(-1)!.push(convert(lowering.expr(value, { scope }), types[column]!));
  }
  return plainTable({ kind: "values", fields, rows }, fields);
}

export function lowerPrint(operator: Syntax, { lowering, scope, whole }: OperatorPlace): Table {
  const values = operator.list("Expressions")
    .flatMap((one) => valuesOf(one, { scope }, lowering));
  const bound = whole.columns ?? [];
  const columns = values.map(({ expr, given, wanted }, i): Computed => ({
    field: lowering.newField(given ?? bound[i]?.name ?? wanted ?? `print_${i}`, expr.type),
    expr,
  }));
  const fields = columns.map(({ field }) => field);
  const one = { kind: "values" as const, fields: [], rows: [[]] };
  return plainTable({ kind: "project", input: one, columns }, fields);
}

export function lowerRange(operator: Syntax, { lowering, scope }: OperatorPlace): Table {
  const part = (name: string): Expr => lowering.expr(operator.need(name), { scope });
  const [from, to, step] = [part("From"), part("To"), part("Step")];
  const type = rangeType(from, to, step);
  const stepType = type === "datetime" ? "timespan" : type;
  const field = lowering.newField(operator.need("Name").name, type);
  const [first, last, by] = [convert(from, type), convert(to, type), convert(step, stepType)];
  const [a, b, s] = [first, last, by].map(constantWhole);
  if (a !== undefined && b !== undefined && s !== undefined && s !== 0n) {
    if ((b - a) / s >= MAX_RANGE) {
      throw failAt(lowering, operator, {
        code: "limit",
        message: `range has over ${MAX_RANGE} rows`,
      });
    }
  }
  const rel = { kind: "range" as const, field, from: first, to: last, step: by };
  return { ...plainTable(rel, [field]), isSerialized: true };
}

function rangeType(from: Expr, to: Expr, step: Expr): ScalarType {
  const types = [from.type, to.type];
  if (types.includes("datetime")) return "datetime";
  if (types.includes("timespan")) return "timespan";
  const type = commonType([from, to, step]);
  return type === "int" || type === "dynamic" ? "long" : type;
}
