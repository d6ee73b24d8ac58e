/**
 * Expressions of a plan as SQL.
 *
 * @module
 */
import { KqlError } from "../kql_error.ts";
import type { Expr, Literal } from "../plan.ts";
import type { ScalarType } from "../types.ts";
import { castSql } from "./casts.ts";
import { FUNCTIONS } from "./functions/functions.ts";
import { placeText } from "./functions/places.ts";
import { columnOf } from "../select_list.ts";
import { type Printer, SQL_TYPES, textLiteral } from "./printer.ts";
import { windowSql } from "./windows.ts";

export function exprSql(expr: Expr, printer: Printer): string {
  switch (expr.kind) {
    case "literal":
      return literalSql(expr);
    case "field":
      return expr.field.isStored === true
        ? `coalesce(${columnOf(expr.field)}, '')`
        : columnOf(expr.field);
    case "call": {
      const print = FUNCTIONS.get(expr.name);
      if (print === undefined) throw unprintable(expr.name);
      return print(expr.args.map((arg) => printer.expr(arg)), expr, printer);
    }
    case "cast": {
      const text = expr.type === "string" ? placeText(expr.arg, printer) : undefined;
      return text ?? castSql(printer.expr(expr.arg), { from: expr.arg.type, to: expr.type });
    }
    case "case": {
      const branches = expr.branches
        .map(({ when, value }) => `when ${printer.expr(when)} then ${printer.expr(value)}`);
      return `(case ${branches.join(" ")} else ${printer.expr(expr.otherwise)} end)`;
    }
    case "native":
      return nativeSql(expr, printer);
    case "window":
      return windowSql(expr, printer);
    case "scalar": {
      const value = `(select ${columnOf(expr.field)} from (${printer.rel(expr.rel)}))`;
      return expr.type === "string" ? `coalesce(${value}, '')` : value;
    }
    case "member":
      return memberSql(expr, printer);
  }
}

/** Values of types that native functions take as text are passed as such. */
function nativeSql(expr: Extract<Expr, { kind: "native" }>, printer: Printer): string {
  const args = expr.args.map((arg) => {
    const sql = printer.expr(arg);
    return isPassedAsText(arg.type) ? `(${sql})::varchar` : sql;
  });
  const call = `${expr.name}(${args.join(", ")})`;
  return isPassedAsText(expr.type) ? `try_cast(${call} as ${SQL_TYPES[expr.type]})` : call;
}

function isPassedAsText(type: ScalarType): boolean {
  return type === "guid" || type === "decimal";
}

function unprintable(name: string): KqlError {
  return new KqlError({ code: "unsupported", message: `function ${name}() is not supported` });
}

function literalSql({ type, value }: Literal): string {
  if (value === null) return `null::${SQL_TYPES[type]}`;
  switch (type) {
    case "bool":
      return value === true ? "true" : "false";
    case "int":
    case "long":
    case "datetime":
    case "timespan":
      return wholeSql(BigInt(value), SQL_TYPES[type]);
    case "real":
      return realSql(Number(value));
    case "string":
      return textLiteral(String(value));
    case "decimal":
    case "guid":
    case "dynamic":
      return `${textLiteral(String(value))}::${SQL_TYPES[type]}`;
  }
}

function wholeSql(value: bigint, type: string): string {
  // `-9223372036854775808` is the negative of a number that is no bigint.
  if (value < 0n) {
    return value === -(2n ** 63n) ? "(-9223372036854775807 - 1)" : `(${value})::${type}`;
  }
  return `${value}::${type}`;
}

function realSql(value: number): string {
  if (Object.is(value, -0)) return "(-0.0::double)";
  if (Number.isFinite(value)) return `${value < 0 ? `(${value})` : value}::double`;
  return `'${Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"}'::double`;
}

function memberSql(expr: Extract<Expr, { kind: "member" }>, printer: Printer): string {
  const column = printer.expr({ kind: "field", type: expr.field.type, field: expr.field });
  const numbers = new Set(["int", "long", "real", "decimal"]);
  const same = expr.arg.type === expr.field.type ||
    numbers.has(expr.arg.type) && numbers.has(expr.field.type);
  const value = same ? column : castSql(column, { from: expr.field.type, to: expr.arg.type });
  const fold = (sql: string): string => expr.ignoresCase ? `lower(${sql})` : sql;
  const list = `select ${fold(value)} from (${printer.rel(expr.rel)}) where ${value} is not null`;
  return `coalesce(${fold(printer.expr(expr.arg))} in (${list}), false)`;
}
