/**
 * `let`: names of scalars, tables and functions. A table is planned once and read in each place.
 *
 * @module
 */
import { type Expr, type Field, fieldOf, type Shared, type SortKey } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { isTabular } from "./is_tabular.ts";
import { mapExpr } from "./map_expr.ts";
import { hiddenFields } from "./rows.ts";
import type { Binding, Lowering, Scope, Table } from "./scope.ts";

/** The scope after `statement`. */
export function lowerLet(statement: Syntax, lowering: Lowering, scope: Scope): Scope {
  const { name } = statement.need("Name");
  return new Map(scope).set(name, bindingOf(statement.need("Expression"), lowering, scope));
}

function bindingOf(value: Syntax, lowering: Lowering, scope: Scope): Binding {
  if (value.kind === "FunctionDeclaration") return { kind: "function", declaration: value, scope };
  if (!isTabular(value)) {
    return { kind: "scalar", expr: lowering.expr(value, { scope }) };
  }
  return shareTable(lowering.table(value, scope), lowering, isMaterialized(value));
}

function isMaterialized(value: Syntax): boolean {
  return value.kind === "MaterializeExpression" ||
    value.kind === "FunctionCallExpression" && value.need("Name").name === "materialize";
}

/** `table` under a name: each place that opens it gets columns of its own. */
export function shareTable(
  table: Table,
  lowering: Lowering,
  isMaterialized: boolean,
): Extract<Binding, { kind: "table" }> {
  const from = [...table.fields, ...hiddenFields(table)];
  if (table.rel.kind === "scan") {
    const { rel } = table;
    return {
      kind: "table",
      open: () => renumbered(table, newNumbers(from, lowering), (fields) => ({ ...rel, fields })),
    };
  }
  const shared: Shared = { id: lowering.shared.length, rel: table.rel, isMaterialized };
  lowering.shared.push(shared);
  return {
    kind: "table",
    open: () =>
      renumbered(table, newNumbers(from, lowering), (fields) => ({
        kind: "reference",
        shared,
        from,
        fields,
      })),
  };
}

type Numbers = ReadonlyMap<number, Field>;

function newNumbers(fields: readonly Field[], lowering: Lowering): Numbers {
  return new Map(fields.map((field) => {
    const fresh = lowering.newField(field.name, field.type);
    return [field.id, field.isStored === true ? { ...fresh, isStored: true } : fresh];
  }));
}

function renumbered(
  table: Table,
  numbers: Numbers,
  relOf: (fields: readonly Field[]) => Table["rel"],
): Table {
  const fresh = (field: Field): Field => numbers.get(field.id) ?? field;
  const change = (node: Expr): Expr => node.kind === "field" ? fieldOf(fresh(node.field)) : node;
  return {
    ...table,
    rel: relOf([...numbers.values()]),
    fields: table.fields.map(fresh),
    partition: table.partition.map(fresh),
    order: table.order.map((key): SortKey => ({ ...key, by: mapExpr(key.by, change) })),
  };
}
