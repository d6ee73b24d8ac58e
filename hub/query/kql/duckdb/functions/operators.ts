/**
 * Operators as SQL.
 *
 * @module
 */
import type { Call, Expr } from "../../plan.ts";
import { type FunctionSql, isNullable, type Printer, textLiteral } from "../printer.ts";

/** `=` and `<>` tell absent values apart from others, as KQL does. */
function equality(operator: "=" | "<>", [a, b]: readonly string[], call: Call): string {
  const nullable = call.args.filter(isNullable).length;
  const isReal = call.args.some(({ type }) => type === "real");
  const name = operator === "=" ? "equal" : "unequal";
  if (nullable === 0 && !isReal) return `(${a} ${operator} ${b})`;
  if (isReal && nullable > 0) return `k_${name}_real(${a}::double, ${b}::double)`;
  if (isReal) return `k_${name}_real(${a}::double, ${b}::double)`;
  if (nullable === 2) return `k_${name}(${a}, ${b})`;
  return `coalesce(${a} ${operator} ${b}, ${operator === "=" ? "false" : "true"})`;
}

function plain(operator: string): FunctionSql {
  return ([a, b]) => `(${a} ${operator} ${b})`;
}

function arithmetic(operator: "+" | "-" | "*"): FunctionSql {
  return ([a, b], { type }, { wraps }) => {
    if (type === "real") return `(${a} ${operator} ${b})`;
    if (type === "decimal") return `(${a} ${operator} ${b})::decimal(38, 10)`;
    if (operator === "*" && type === "timespan") return `round((${a}) * (${b}))::bigint`;
    if (!wraps) return `(${a} ${operator} ${b})`;
    const wide = `${a}::hugeint ${operator} ${b}::hugeint`;
    return `k_wrap_${type === "int" ? "int" : "long"}(${wide})`;
  };
}

function divide([a, b]: readonly string[], { type, args }: Call): string {
  if (type === "real") return `k_divide_real(${a}::double, ${b}::double)`;
  if (type === "decimal") {
    return `try_cast(${a}::double / nullif(${b}::double, 0) as decimal(38, 10))`;
  }
  if (type === "timespan") return `trunc(${a} / nullif(${b}::double, 0))::bigint`;
  return `(${a} // nullif(${b}, 0))${args[0]?.type === "int" ? "::integer" : ""}`;
}

function modulo([a, b]: readonly string[], { args: [left] }: Call): string {
  const value = left?.type === "datetime" ? `(${a} + 621355968000000000)` : a;
  return `k_mod(${value}, nullif(${b}, 0))`;
}

/** Regular expression that finds a term; the term itself is found first, which is cheaper. */
function hasTerm([text, term]: readonly string[], call: Call, kind: TermKind): string {
  const wanted = call.args[1];
  const fold = (sql: string): string => kind.isExact ? sql : `lower(${sql})`;
  if (wanted?.kind !== "literal" || typeof wanted.value !== "string") {
    return `k_has${kind.suffix}(${fold(text!)}, ${fold(term!)})`;
  }
  const plainTerm = kind.isExact ? wanted.value : wanted.value.toLowerCase();
  if (plainTerm === "") return "true";
  const before = kind.startsTerm && isTermCharacter(plainTerm[0]) ? "(?:^|[^\\p{L}\\p{N}])" : "";
  const after = kind.endsTerm && isTermCharacter(plainTerm.at(-1)) ? "(?:$|[^\\p{L}\\p{N}])" : "";
  const pattern = textLiteral(`${before}${escapeRegex(plainTerm)}${after}`);
  return `(contains(${fold(text!)}, ${textLiteral(plainTerm)}) and
    regexp_matches(${fold(text!)}, ${pattern}))`;
}

interface TermKind {
  readonly isExact: boolean;
  readonly startsTerm: boolean;
  readonly endsTerm: boolean;
  /** Of the macro that does the same for a term that is not constant. */
  readonly suffix: "" | "_prefix" | "_suffix";
}

function term(startsTerm: boolean, endsTerm: boolean, isExact: boolean): FunctionSql {
  const suffix = startsTerm && endsTerm ? "" : startsTerm ? "_prefix" : "_suffix";
  return (args, call) => hasTerm(args, call, { isExact, startsTerm, endsTerm, suffix });
}

function isTermCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

export function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function textTest(name: string, isExact: boolean): FunctionSql {
  return ([a, b]) => isExact ? `${name}(${a}, ${b})` : `${name}(lower(${a}), lower(${b}))`;
}

function membership(ignoresCase: boolean): FunctionSql {
  return ([value, ...items], { args }) => {
    if (items.length === 0) return "false";
    const fold = (sql: string): string => ignoresCase ? `lower(${sql})` : sql;
    const found = `${fold(value!)} in (${items.map(fold).join(", ")})`;
    return args.some(isNullable) ? `coalesce(${found}, false)` : `(${found})`;
  };
}

function arrayMembership(ignoresCase: boolean): FunctionSql {
  return ([value, array]) => {
    const fold = (sql: string): string => ignoresCase ? `lower(${sql})` : sql;
    const texts = `list_transform(k_array(${array}), lambda e: ${fold("k_dynamic_text(e)")})`;
    return `coalesce(list_contains(${texts}, ${fold(value!)}), false)`;
  };
}

function anyTerm(combine: "list_bool_or" | "list_bool_and"): FunctionSql {
  return ([text, array]) =>
    `coalesce(${combine}(list_transform(k_array(${array}), lambda e:
      k_has(lower(${text}), lower(k_dynamic_text(e))))), false)`;
}

export const OPERATOR_SQL: Readonly<Record<string, FunctionSql>> = {
  "and": plain("and"),
  "or": plain("or"),
  "not": ([a]) => `(not ${a})`,
  "==": (args, call) => equality("=", args, call),
  "!=": (args, call) => equality("<>", args, call),
  "<": plain("<"),
  "<=": plain("<="),
  ">": plain(">"),
  ">=": plain(">="),
  "same": plain("is not distinct from"),
  "is_distinct": plain("is distinct from"),
  "+": arithmetic("+"),
  "-": arithmetic("-"),
  "*": arithmetic("*"),
  "/": divide,
  "%": modulo,
  "negate": ([a]) => `(-${a})`,
  "equals": plain("="),
  "=~": ([a, b]) => `(lower(${a}) = lower(${b}))`,
  "contains": textTest("contains", false),
  "contains_cs": textTest("contains", true),
  "startswith": textTest("starts_with", false),
  "startswith_cs": textTest("starts_with", true),
  "endswith": textTest("ends_with", false),
  "endswith_cs": textTest("ends_with", true),
  "has": term(true, true, false),
  "has_cs": term(true, true, true),
  "hasprefix": term(true, false, false),
  "hasprefix_cs": term(true, false, true),
  "hassuffix": term(false, true, false),
  "hassuffix_cs": term(false, true, true),
  "matches regex": ([a, b]) => `regexp_matches(${a}, ${b})`,
  "in": membership(false),
  "in~": membership(true),
  "in_array": arrayMembership(false),
  "in~_array": arrayMembership(true),
  "has_any_array": anyTerm("list_bool_or"),
  "has_all_array": anyTerm("list_bool_and"),
};

/**
 * `expr` where absent is as good as false: a comparison with a stored column stays plain, so that
 * files and row groups are left out by it.
 */
export function conditionSql(expr: Expr, printer: Printer): string {
  if (expr.kind !== "call") return printer.expr(expr);
  const [left, right] = expr.args;
  if (expr.name === "and" || expr.name === "or") {
    return `(${conditionSql(left!, printer)} ${expr.name} ${conditionSql(right!, printer)})`;
  }
  if (expr.name === "==" && left !== undefined && right !== undefined) {
    const isConstant = [left, right].some((side) =>
      side.kind === "literal" && side.value !== null && side.value !== ""
    );
    if (isConstant) return `(${storedSql(left, printer)} = ${storedSql(right, printer)})`;
  }
  return printer.expr(expr);
}

/** A stored string as it is stored: an absent one is equal to none that is not empty. */
function storedSql(expr: Expr, printer: Printer): string {
  if (expr.kind !== "field" || expr.field.isStored !== true) return printer.expr(expr);
  return printer.expr({ ...expr, field: { ...expr.field, isStored: false } });
}
