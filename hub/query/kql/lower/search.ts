/**
 * `search` and `find`: rows of several tables that hold a term somewhere.
 *
 * @module
 */
import { condition, convert } from "../functions/convert.ts";
import { nativeCall } from "../functions/native_call.ts";
import { callOf, type Computed, type Expr, type Field, fieldOf, literal } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { textOperator } from "./operators.ts";
import { parameterText } from "./parameters.ts";
import { project } from "./rows.ts";
import type { OperatorPlace, Place, Table } from "./scope.ts";
import { matchingTables, type Named, namedTables, unionOf } from "./union.ts";

export function lowerSearch(
  operator: Syntax,
  input: Table | undefined,
  place: OperatorPlace,
): Table {
  const { lowering, scope } = place;
  const source = "$table";
  const inputs = input === undefined
    ? tablesIn(operator, "search_arg", place)
    : [{ table: input, source: input.source ?? "search_arg0" }];
  const table = unionOf(inputs, { lowering, source });
  const isExact = (parameterText(operator, "kind") ?? "").toLowerCase() === "case_sensitive";
  const searched: Searched = {
    place: { scope, row: table },
    fields: table.fields.filter(({ name }) => name !== source),
    isExact,
    lowering: place,
  };
  return {
    ...table,
    rel: {
      kind: "filter",
      input: table.rel,
      condition: condition(searchCondition(operator.need("Condition"), searched)),
    },
  };
}

function tablesIn(operator: Syntax, prefix: string, place: OperatorPlace): readonly Named[] {
  const { lowering, scope } = place;
  const clause = operator.child("InClause");
  if (clause === undefined) {
    const views = [...scope].filter(([, bound]) =>
      bound.kind === "function" && bound.declaration.child("ViewKeyword") !== undefined
    );
    const named = views.map(([name, bound]): Named => ({
      table: lowering.callTable(bound, operator),
      source: name,
    }));
    return [...matchingTables("*", lowering, scope), ...named];
  }
  return clause.list("Expressions").flatMap((one, i) =>
    namedTables(one, i, { lowering, scope, isFuzzy: true })
      .map(({ table, source }): Named => ({
        table,
        source: source.replace(/^union_arg/, prefix),
      }))
  );
}

interface Searched {
  readonly place: Place;
  readonly fields: readonly Field[];
  readonly isExact: boolean;
  readonly lowering: OperatorPlace;
}

/** A bare text is looked for in all columns; everything else is a condition as in `where`. */
function searchCondition(syntax: Syntax, searched: Searched): Expr {
  const { lowering: { lowering }, place } = searched;
  switch (syntax.kind) {
    case "ParenthesizedExpression":
      return searchCondition(syntax.need("Expression"), searched);
    case "AndExpression":
    case "OrExpression": {
      const [left, right] = [syntax.need("Left"), syntax.need("Right")]
        .map((side) => condition(searchCondition(side, searched)));
      return callOf("bool", syntax.kind === "AndExpression" ? "and" : "or", left!, right!);
    }
    case "StringLiteralExpression":
    case "CompoundStringLiteralExpression":
      return inAny(searched, (text) => termTest(text, syntax.value, searched.isExact));
    case "StarExpression":
      return literal("bool", true);
    case "FunctionCallExpression": {
      const [only] = syntax.need("ArgumentList").list("Expressions");
      if (syntax.need("Name").name !== "not" || only === undefined) break;
      return callOf("bool", "not", condition(searchCondition(only, searched)));
    }
  }
  if (/^(?:Long|Int|Real|DateTime|Guid)LiteralExpression$/.test(syntax.kind)) {
    return inAny(searched, (text) => termTest(text, syntax.text, searched.isExact));
  }
  const left = syntax.child("Left");
  const right = syntax.child("Right");
  if (left?.kind === "StarExpression" && right !== undefined) {
    const value = lowering.expr(right, place);
    const operator = syntax.need("Operator").text.toLowerCase();
    return inAny(
      searched,
      (text) => textOperator(operator, text, value),
    );
  }
  if (syntax.kind === "SearchExpression" && left !== undefined && right !== undefined) {
    const text = convert(lowering.expr(left, place), "string");
    return termTest(text, right.value, searched.isExact);
  }
  return lowering.expr(syntax, place);
}

function inAny({ fields }: Searched, test: (text: Expr) => Expr): Expr {
  return fields.map((field) => test(convert(fieldOf(field), "string")))
    .reduce((any, one) => callOf("bool", "or", any, one), literal("bool", false) as Expr);
}

/** `term`, `term*`, `*term`, `*term*` or anything else with `*` in it. */
function termTest(text: Expr, term: string, isExact: boolean): Expr {
  const suffix = isExact ? "_cs" : "";
  const test = (name: string, value: string): Expr =>
    callOf("bool", `${name}${suffix}`, text, literal("string", value));
  if (term === "" || term === "*") return literal("bool", true);
  const bare = term.replace(/^\*+|\*+$/g, "");
  if (bare.includes("*")) {
    const parts = bare.split("*").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
    const pattern = `(?s${isExact ? "" : "i"})${parts.join(".*")}`;
    return callOf("bool", "matches regex", text, literal("string", pattern));
  }
  const [before, after] = [term.startsWith("*"), term.endsWith("*")];
  if (before && after) return test("contains", bare);
  if (after) return test("hasprefix", bare);
  return test(before ? "hassuffix" : "has", bare);
}

export function lowerFind(operator: Syntax, place: OperatorPlace): Table {
  const { lowering, scope } = place;
  const source = parameterText(operator, "withsource") ?? "source_";
  const table = unionOf(tablesIn(operator, "find_arg", place), { lowering, source });
  const found: Searched = {
    place: { scope, row: table },
    fields: table.fields.filter(({ name }) => name !== source),
    isExact: false,
    lowering: place,
  };
  const rows: Table = {
    ...table,
    rel: {
      kind: "filter",
      input: table.rel,
      condition: condition(searchCondition(operator.need("Condition"), found)),
    },
  };
  const bound = place.whole.columns ?? [];
  const columns = bound.map(({ name, type }): Computed => {
    const field = table.fields.find((candidate) => candidate.name === name);
    const expr = field === undefined ? packed(table, bound.map((one) => one.name)) : fieldOf(field);
    return { field: lowering.newField(name, type), expr: convert(expr, type) };
  });
  return project(rows, columns);
}

/** Columns that are not shown, as one bag. */
function packed({ fields }: Table, shown: readonly string[]): Expr {
  const pairs = fields.filter(({ name }) => !shown.includes(name)).flatMap((field) => [
    literal("string", field.name),
    convert(fieldOf(field), "dynamic"),
  ]);
  return callOf("dynamic", "bag_without_empty", nativeCall("n_bag_pack", pairs));
}
