/**
 * Tabular expressions: names of tables, pipelines, calls of functions that give tables.
 *
 * @module
 */
import type { Syntax } from "../syntax.ts";
import { bindArguments, bodyOf } from "./functions.ts";
import { OPERATORS, SOURCES } from "./operator_list.ts";
import {
  type Argument,
  type Binding,
  failAt,
  type Lowering,
  type OperatorPlace,
  type Scope,
  type Table,
  unsupported,
} from "./scope.ts";
import { lowerDatatable, scanTable } from "./sources.ts";

export function lowerTabular(syntax: Syntax, lowering: Lowering, scope: Scope): Table {
  switch (syntax.kind) {
    case "PipeExpression": {
      const input = lowering.table(syntax.need("Expression"), scope);
      return lowerOperator(syntax.need("Operator"), input, { lowering, scope, whole: syntax });
    }
    case "ParenthesizedExpression":
    case "MaterializeExpression":
    case "ToTableExpression":
    case "DataScopeExpression":
      return lowering.table(syntax.need("Expression"), scope);
    case "NameReference":
      return lowerTableName(syntax, lowering, scope);
    case "PathExpression":
      checkOwn(syntax.need("Expression"), lowering);
      return lowering.table(syntax.need("Selector"), scope);
    case "DataTableExpression":
      return lowerDatatable(syntax, lowering, scope);
    case "FunctionCallExpression":
      return lowerTableCall(syntax, lowering, scope);
  }
  const source = SOURCES.get(syntax.kind);
  if (source !== undefined) return source(syntax, { lowering, scope, whole: syntax });
  throw unsupported(lowering, syntax, plainName(syntax));
}

/** A path may name the hub's own cluster and database: the binder lets others pass. */
function checkOwn(path: Syntax, lowering: Lowering): void {
  const names = [...path.text.matchAll(/\w+\s*\(\s*@?(["'])(.*?)\1/g)].map(([, , name]) => name);
  if (names.every((name) => name === (lowering.schema.database ?? "custos"))) return;
  throw failAt(lowering, path, {
    code: "unsupported",
    message: "a table of another cluster or database cannot be read",
    expected: "a table of this database",
  });
}

/** A pipeline whose first operator has `input` as its input. */
export function lowerPipeline(syntax: Syntax, input: Table, place: Omit<OperatorPlace, "whole">) {
  if (syntax.kind === "PipeExpression") {
    const { lowering, scope } = place;
    const before = lowering.pipeline(syntax.need("Expression"), input, scope);
    return lowerOperator(syntax.need("Operator"), before, { ...place, whole: syntax });
  }
  if (syntax.kind === "ParenthesizedExpression") {
    return place.lowering.pipeline(syntax.need("Expression"), input, place.scope);
  }
  return syntax.kind.endsWith("Operator")
    ? lowerOperator(syntax, input, { ...place, whole: syntax })
    : place.lowering.table(syntax, place.scope);
}

function lowerOperator(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const lower = OPERATORS.get(operator.kind);
  if (lower === undefined) throw unsupported(place.lowering, operator, plainName(operator));
  const table = lower(operator, input, place);
  // Each part is a table of its own: an operator that has lost track of them would mix them.
  if (table.partition.length < input.partition.length) {
    throw unsupported(place.lowering, operator, `${plainName(operator)} within parts of a table`);
  }
  return table;
}

function plainName({ kind }: Syntax): string {
  const words = kind.replace(/(Operator|Expression)$/, "").replaceAll(/\B[A-Z]/g, "-$&");
  return words.toLowerCase();
}

function lowerTableName(syntax: Syntax, lowering: Lowering, scope: Scope): Table {
  const { name } = syntax;
  const bound = scope.get(name) ?? lowering.aliases.get(name);
  if (bound?.kind === "table") return bound.open();
  if (bound?.kind === "function") return lowering.callTable(bound, syntax);
  return storedTable(name, syntax, lowering);
}

/** The stored table of this name. */
export function storedTable(name: string, syntax: Syntax, lowering: Lowering): Table {
  const table = lowering.schema.tables.find((candidate) => candidate.name === name);
  if (table !== undefined) return scanTable(table, lowering);
  throw failAt(lowering, syntax, {
    code: "semantic",
    message: `no table "${name}"`,
    expected: "the name of a table",
  });
}

function lowerTableCall(syntax: Syntax, lowering: Lowering, scope: Scope): Table {
  const { name } = syntax.need("Name");
  const args = syntax.need("ArgumentList").list("Expressions");
  const bound = scope.get(name);
  if (bound?.kind === "function") {
    const given = args.map((arg): Argument => ({ kind: "syntax", syntax: arg, place: { scope } }));
    return lowering.callTable(bound, syntax, given);
  }
  if ((name === "materialize" || name === "view") && args[0] !== undefined) {
    return lowering.table(args[0], scope);
  }
  if (name === "table" && args[0] !== undefined) {
    const named = lowering.expr(args[0], { scope });
    if (named.kind === "literal" && typeof named.value === "string") {
      return storedTable(named.value, args[0], lowering);
    }
  }
  throw unsupported(lowering, syntax, `function ${name}() as a table`);
}

/** Calls a function that the query defines, for a table. */
export function callForTable(
  called: Binding,
  { syntax, args }: { readonly syntax: Syntax; readonly args: readonly Argument[] },
  lowering: Lowering,
): Table {
  if (called.kind !== "function") throw unsupported(lowering, syntax, "a call of what is none");
  const inner = bindArguments(called, args, { lowering, syntax });
  const { statements, value } = bodyOf(called, inner, lowering);
  if (value === undefined) {
    throw failAt(lowering, syntax, { code: "semantic", message: "the function gives no table" });
  }
  return lowering.table(value, statements);
}
