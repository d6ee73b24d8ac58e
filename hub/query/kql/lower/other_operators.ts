/**
 * Operators that are small: `as`, `render`, `getschema`, `consume`, `invoke`, `partition`.
 *
 * @module
 */
import { type Field, literal } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { CLR_NAMES } from "../types.ts";
import { shareTable } from "./let_scope.ts";
import { extend, lowerRows } from "./rows.ts";
import { failAt, type OperatorPlace, type Table, unsupported } from "./scope.ts";
import { plainTable } from "./sources.ts";

/** The rows so far have a name in all that follows. */
export function lowerAs(operator: Syntax, input: Table, { lowering }: OperatorPlace): Table {
  if (input.partition.length > 0) throw unsupported(lowering, operator, "as within partition");
  const shared = shareTable(input, lowering, false);
  lowering.aliases.set(operator.need("Name").name, shared);
  return { ...shared.open(), source: operator.need("Name").name };
}

export function lowerRender(operator: Syntax, input: Table, { lowering }: OperatorPlace): Table {
  const properties: Record<string, string> = {};
  const all = [
    ...operator.list("Parameters"),
    ...operator.child("WithClause")?.list("Properties") ?? [],
  ];
  for (const one of all) {
    properties[one.need("Name").name.toLowerCase()] = one.need("Expression").value;
  }
  lowering.render = { visualization: operator.need("ChartType").text, properties };
  return input;
}

export function lowerConsume(_operator: Syntax, input: Table): Table {
  const rel = { kind: "filter" as const, input: input.rel, condition: literal("bool", false) };
  return { ...input, rel };
}

/** One row for each column. */
export function lowerGetSchema(_operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { lowering } = place;
  const fields: readonly Field[] = [
    lowering.newField("ColumnName", "string"),
    lowering.newField("ColumnOrdinal", "int"),
    lowering.newField("DataType", "string"),
    lowering.newField("ColumnType", "string"),
  ];
  const rows = input.fields.map(({ name, type }, i) => [
    literal("string", name),
    literal("int", BigInt(i)),
    literal("string", CLR_NAMES[type]),
    literal("string", type),
  ]);
  return { ...plainTable({ kind: "values", fields, rows }, fields), isSerialized: true };
}

export function lowerInvoke(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const call = operator.need("Function");
  const { name } = call.kind === "FunctionCallExpression" ? call.need("Name") : call;
  const bound = place.scope.get(name);
  if (bound?.kind !== "function") {
    throw failAt(place.lowering, operator, {
      code: "semantic",
      message: `no function "${name}"`,
      expected: "a function that the query defines",
    });
  }
  const args = call.child("ArgumentList")?.list("Expressions") ?? [];
  return place.lowering.callTable(bound, operator, [
    { kind: "table", table: input },
    ...args.map((syntax) => ({
      kind: "syntax" as const,
      syntax,
      place: { scope: place.scope },
    })),
  ]);
}

/** A pipeline over the rows of each value of a column. */
export function lowerPartition(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { lowering, scope } = place;
  const operand = operator.need("Operand");
  if (operand.kind !== "PartitionSubquery") {
    throw unsupported(lowering, operand, "partition with { }");
  }
  const { table, exprs } = lowerRows([operator.need("ByExpression")], input, place);
  const key = lowering.newField("", exprs[0]!.type);
  const keyed = extend(table, [{ field: key, expr: exprs[0]! }], table.fields);
  const part = lowering.pipeline(operand.child("Subquery") ?? operand.need("Expression"), {
    ...keyed,
    partition: [...input.partition, key],
  }, scope);
  return { ...part, partition: input.partition, order: [], isSerialized: false };
}
