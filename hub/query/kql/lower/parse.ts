/**
 * `parse`, `parse-where` and `parse-kv`: columns from the pieces of a text.
 *
 * @module
 */
import { convert } from "../functions/convert.ts";
import { callOf, type Computed, type Expr, fieldOf, literal } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import type { ScalarType } from "../types.ts";
import { withColumns } from "./filter_project.ts";
import { parameter, parameterText } from "./parameters.ts";
import { extend, lowerRows } from "./rows.ts";
import { failAt, type OperatorPlace, type Table, unsupported } from "./scope.ts";

export function lowerParse(operator: Syntax, input: Table, place: OperatorPlace): Table {
  return parsed(operator, input, place).table;
}

/** Rows that do not match are left out. */
export function lowerParseWhere(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { table, matches } = parsed(operator, input, place);
  return { ...table, rel: { kind: "filter", input: table.rel, condition: matches } };
}

interface Capture {
  readonly name: string;
  readonly type: ScalarType;
}

interface Pattern {
  readonly regex: string;
  readonly captures: readonly Capture[];
}

function parsed(
  operator: Syntax,
  input: Table,
  place: OperatorPlace,
): { readonly table: Table; readonly matches: Expr } {
  const { lowering } = place;
  const { regex, captures } = patternOf(operator, place);
  const { table, exprs } = lowerRows([operator.need("Expression")], input, place);
  const text = convert(exprs[0]!, "string");
  const groups = lowering.newField("", "dynamic");
  const count = literal("long", BigInt(captures.length));
  const found = callOf("dynamic", "parse_groups", text, literal("string", regex), count);
  const base = extend(table, [{ field: groups, expr: found }], table.fields);
  const isRelaxed = parameterText(operator, "kind") === "relaxed";
  const values = captures.map(({ type }, i): Computed => {
    const index = literal("long", BigInt(i));
    const piece = callOf("string", "parse_group", fieldOf(groups), index);
    const expr = type === "string" ? piece : convert(callOf("string", "parse_blanks", piece), type);
    return { field: lowering.newField("", type), expr };
  });
  const made = extend(base, values, base.fields);
  const matches = values.filter(({ field }) => field.type !== "string").reduce<Expr>(
    (all, { field }) => callOf("bool", "and", all, callOf("bool", "isnotnull", fieldOf(field))),
    callOf("bool", "parse_matches", text, literal("string", regex)),
  );
  const columns = captures.map(({ name, type }, i): Computed => {
    const value = fieldOf(values[i]!.field);
    const otherwise = type === "string" ? literal("string", "") : literal(type, null);
    const expr: Expr = isRelaxed
      ? value
      : { kind: "case", type, branches: [{ when: matches, value }], otherwise };
    return { field: lowering.newField(name, type), expr };
  });
  return { table: extend(made, columns, withColumns(made.fields, columns)), matches };
}

/** One regular expression with a group for each column. */
function patternOf(operator: Syntax, { lowering, scope }: OperatorPlace): Pattern {
  const kind = (parameterText(operator, "kind") ?? "simple").toLowerCase();
  const flags = parameterText(operator, "flags") ?? "";
  const parts = operator.list("Patterns");
  const captures: Capture[] = [];
  const pieces = parts.map((part, i): string => {
    const isLast = i === parts.length - 1;
    if (part.kind === "StarExpression") return isLast ? "" : "(?:.*?)";
    if (part.kind === "NameDeclaration" || part.kind === "NameAndTypeDeclaration") {
      const named = part.kind === "NameDeclaration" ? part : part.need("Name");
      const type = named.type ?? "string";
      captures.push({ name: named.name, type });
      return groupOf(type, kind, isLast);
    }
    const text = lowering.expr(part, { scope });
    if (text.kind !== "literal" || typeof text.value !== "string") {
      throw failAt(lowering, part, { code: "semantic", message: "a pattern must be a constant" });
    }
    return kind === "regex" ? withoutGroups(text.value) : escapeRegex(text.value);
  });
  const end = parts.at(-1)?.kind === "StarExpression" ? "" : "$";
  return { regex: `(?s${flags.replace(/[^imsU]/g, "")})^${pieces.join("")}${end}`, captures };
}

function groupOf(type: ScalarType, kind: string, isLast: boolean): string {
  if (kind === "relaxed") return isLast ? "(.*)" : "(.*?)";
  if (type === "long" || type === "int") return "(\\s*[-+]?\\d+)";
  if (type === "real" || type === "decimal") {
    return "(\\s*[-+]?\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?)";
  }
  return isLast || kind === "regex" ? "(.*)" : "(.*?)";
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Groups of the query's own would shift those of the columns. */
function withoutGroups(pattern: string): string {
  return pattern.replaceAll(
    /\\.|\[(?:\\.|[^\]])*\]|\((?!\?)/g,
    (part) => part === "(" ? "(?:" : part,
  );
}

export function lowerParseKv(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { lowering } = place;
  const { table, exprs } = lowerRows([operator.need("Expression")], input, place);
  const text = convert(exprs[0]!, "string");
  const field = lowering.newField("", "dynamic");
  const bag = extend(table, [{ field, expr: pairsOf(operator, text, place) }], table.fields);
  const columns = operator.need("Keys").list("Columns").map((column): Computed => {
    const { name, type = "string" } = column.need("Name");
    const value = convert(
      callOf("dynamic", "member", fieldOf(field), literal("string", name)),
      "string",
    );
    const expr = type === "string" ? value : convert(callOf("string", "parse_blanks", value), type);
    return { field: lowering.newField(name, type), expr };
  });
  return extend(bag, columns, withColumns(bag.fields, columns));
}

function pairsOf(operator: Syntax, text: Expr, { lowering, scope }: OperatorPlace): Expr {
  const clause = operator.child("WithClause");
  const option = (name: string): Syntax | undefined =>
    clause === undefined ? undefined : parameter(clause, name, "Properties");
  const textOf = (name: string, otherwise: string): Expr => {
    const value = option(name);
    return value === undefined ? literal("string", otherwise) : lowering.expr(value, { scope });
  };
  const regex = option("regex");
  if (regex !== undefined) {
    const pattern = lowering.expr(regex, { scope });
    return { kind: "native", type: "dynamic", name: "n_parse_kv_regex", args: [text, pattern] };
  }
  const quote = option("quote");
  if (quote?.kind === "DynamicExpression") throw unsupported(lowering, quote, "pairs of quotes");
  const isGreedy = option("greedy")?.text.toLowerCase() === "true";
  const args = [
    text,
    textOf("pair_delimiter", " "),
    textOf("kv_delimiter", "="),
    textOf("quote", ""),
    textOf("escape", ""),
    literal("bool", isGreedy),
  ];
  return { kind: "native", type: "dynamic", name: "n_parse_kv", args };
}
