/**
 * SQL of comparisons and of what is absent.
 *
 * Absent is not equal to any value, and whether two absent values are equal is absent itself.
 *
 * @module
 */
import type { Call, Expr } from "../../plan.ts";
import type { ScalarType } from "../../types.ts";
import { once } from "./sql_function.ts";
import type { FunctionSql, FunctionTable } from "../printer.ts";

export const LOGIC_SQL: FunctionTable = {
  and: ([left, right]) => `(${left} AND ${right})`,
  or: ([left, right]) => `(${left} OR ${right})`,
  not: ([arg]) => `(NOT ${arg})`,
  "==": ([left, right], call) => equal([left!, right!], call),
  "!=": ([left, right], call) => unequal([left!, right!], call),
  "<": ordered("<"),
  "<=": ordered("<="),
  ">": ordered(">"),
  ">=": ordered(">="),
  same: ([left, right]) => `(${left} IS NOT DISTINCT FROM ${right})`,
  is_distinct: ([left, right]) => `(${left} IS DISTINCT FROM ${right})`,
  in: ([arg, ...items]) => isAmong(arg!, items),
  "in~": ([arg, ...items]) => isAmong(`lower(${arg})`, items.map((item) => `lower(${item})`)),
  in_array: ([arg, list]) => inArray(arg!, list!, (text) => text),
  "in~_array": ([arg, list]) => inArray(arg!, list!, (text) => `lower(${text})`),
  isnull: ([arg], call) => call.args[0]?.type === "string" ? "false" : `(${arg} IS NULL)`,
  isnotnull: ([arg], call) => call.args[0]?.type === "string" ? "true" : `(${arg} IS NOT NULL)`,
  coalesce: (args, call) =>
    call.type === "string"
      ? `coalesce(${args.map((arg) => `nullif(${arg}, '')`).join(", ")}, '')`
      : `coalesce(${args.join(", ")})`,
  estimate_data_size: (args, call) =>
    `(${args.map((arg, i) => sizeOf(arg, call.args[i])).join(" + ")})::BIGINT`,
  assert: ([condition, message]) =>
    `CASE WHEN ${condition} THEN true ELSE error(${message})::BOOLEAN END`,
};

/** Whether an expression is never absent. */
function isPresent(expr: Expr | undefined): boolean {
  return expr?.type === "string" || (expr?.kind === "literal" && expr.value !== null);
}

/** Bytes of a value of each type. */
const SIZES: Readonly<Record<ScalarType, number>> = {
  bool: 1,
  int: 4,
  long: 8,
  real: 8,
  decimal: 34,
  string: 0,
  datetime: 8,
  timespan: 8,
  guid: 16,
  dynamic: 0,
};

function sizeOf(sql: string, expr: Expr | undefined): string {
  const type = expr?.type ?? "string";
  return type === "string" || type === "dynamic"
    ? `coalesce(strlen((${sql})::VARCHAR), 0)`
    : String(SIZES[type]);
}

function hasReal({ args }: Call): boolean {
  return args.some(({ type }) => type === "real");
}

/** Not-a-number, which the engine takes for equal to itself and more than any number, is neither. */
function equal([left, right]: readonly [string, string], call: Call): string {
  const [a, b] = call.args;
  if (isPresent(a) && isPresent(b) && !hasReal(call)) return `(${left} = ${right})`;
  if (isPresent(a) || isPresent(b)) {
    return hasReal(call) && !isNumberLiteral(call)
      ? once(
        [left, right],
        (x, y) => `coalesce(${x} = ${y} AND NOT ${nanAmong([x, y], call)}, false)`,
      )
      : `coalesce(${left} = ${right}, false)`;
  }
  return once(
    [left, right],
    (x, y) =>
      `CASE WHEN ${x} IS NULL AND ${y} IS NULL THEN NULL ELSE coalesce(${x} = ${y}${
        hasReal(call) ? ` AND NOT ${nanAmong([x, y], call)}` : ""
      }, false) END`,
  );
}

function unequal([left, right]: readonly [string, string], call: Call): string {
  const [a, b] = call.args;
  if (isPresent(a) && isPresent(b) && !hasReal(call)) return `(${left} <> ${right})`;
  if ((isPresent(a) || isPresent(b)) && (!hasReal(call) || isNumberLiteral(call))) {
    return `coalesce(${left} <> ${right}, true)`;
  }
  return once(
    [left, right],
    (x, y) =>
      `CASE WHEN ${x} IS NULL AND ${y} IS NULL THEN NULL ELSE coalesce(${x} <> ${y}${
        hasReal(call) ? ` OR ${nanAmong([x, y], call)}` : ""
      }, true) END`,
  );
}

function isNumberLiteral({ args }: Call): boolean {
  return args.some((arg) =>
    arg.kind === "literal" && (typeof arg.value === "bigint" || Number.isFinite(arg.value))
  );
}

function nanAmong(sides: readonly [string, string], { args }: Call): string {
  const tests = sides.filter((_, i) => args[i]?.type === "real").map((sql) => `isnan(${sql})`);
  return `coalesce(${tests.join(" OR ")}, false)`;
}

function ordered(operator: string): FunctionSql {
  return ([left, right], call) => {
    if (!hasReal(call) || isNumberLiteral(call) && operator.startsWith("<")) {
      return `(${left} ${operator} ${right})`;
    }
    return once(
      [left!, right!],
      (x, y) => `(${x} ${operator} ${y} AND NOT ${nanAmong([x, y], call)})`,
    );
  };
}

function isAmong(arg: string, items: readonly string[]): string {
  return items.length === 0 ? "false" : `coalesce(${arg} IN (${items.join(", ")}), false)`;
}

/** Whether a text is among the texts of a dynamic array. */
function inArray(arg: string, list: string, fold: (text: string) => string): string {
  return once(
    [list],
    (one) =>
      `coalesce(list_contains(list_transform(CASE WHEN json_type(${one}) = 'ARRAY' THEN ${one} ->> '$[*]' ELSE [${one} ->> '$'] END, lambda t: ${
        fold("t")
      }), ${fold(arg)}), false)`,
  );
}
