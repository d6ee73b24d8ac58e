/**
 * Expressions of a plan as SQL of ClickHouse.
 *
 * @module
 */
import type { Expr, Literal } from "../plan.ts";
import type { ScalarType } from "../types.ts";
import { castSql } from "./casts.ts";
import { FUNCTIONS } from "./functions/functions.ts";
import { NATIVE_SQL } from "./functions/natives.ts";
import { lowerSql } from "./letter_case.ts";
import { columnOf } from "../select_list.ts";
import { nullOf, type Printer, textLiteral, unsupported } from "./printer.ts";
import { windowSql } from "./windows.ts";

export function exprSql(expr: Expr, printer: Printer): string {
  switch (expr.kind) {
    case "literal":
      return literalSql(expr);
    case "field":
      return expr.field.isStored === true
        ? `ifNull(${columnOf(expr.field)}, '')`
        : columnOf(expr.field);
    case "call": {
      const print = FUNCTIONS.get(expr.name);
      if (print === undefined) throw unsupported(`function ${expr.name}()`);
      return print(expr.args.map((arg) => printer.expr(arg)), expr, printer);
    }
    case "cast":
      return castSql(printer.expr(expr.arg), { from: expr.arg.type, to: expr.type });
    case "case": {
      const branches = expr.branches
        .map(({ when, value }) => `${printer.expr(when)}, ${printer.expr(value)}`);
      return `multiIf(${branches.join(", ")}, ${printer.expr(expr.otherwise)})`;
    }
    case "native": {
      const print = NATIVE_SQL[expr.name];
      if (print === undefined) throw unsupported(`function ${expr.name.replace(/^n_/, "")}()`);
      return print(expr.args.map((arg) => printer.expr(arg)), expr.args);
    }
    case "window":
      return windowSql(expr, printer);
    case "scalar": {
      const value = `(select ${columnOf(expr.field)} from (${printer.rel(expr.rel)}))`;
      return expr.type === "string" ? `ifNull(${value}, '')` : value;
    }
    case "member":
      return memberSql(expr, printer);
  }
}

function literalSql({ type, value }: Literal): string {
  if (value === null) return nullOf(type);
  switch (type) {
    case "bool":
      return value === true ? "true" : "false";
    case "int":
      return `toInt32(${String(value)})`;
    case "long":
    case "datetime":
    case "timespan":
      // The least one is the negative of a number that is no Int64.
      return `toInt64('${String(value)}')`;
    case "real":
      return realSql(Number(value));
    case "string":
      return textLiteral(String(value));
    case "decimal":
      return `toDecimal128('${String(value)}', 18)`;
    case "guid":
      return `toUUID(${textLiteral(String(value))})`;
    case "dynamic":
      return textLiteral(String(value));
  }
}

function realSql(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "(-inf)";
  return `toFloat64('${Object.is(value, -0) ? "-0" : String(value)}')`;
}

const NUMBERS: ReadonlySet<ScalarType> = new Set(["int", "long", "real", "decimal"]);

function memberSql(expr: Extract<Expr, { kind: "member" }>, printer: Printer): string {
  const { arg, field } = expr;
  const column = printer.expr({ kind: "field", type: field.type, field });
  const isAlike = arg.type === field.type || NUMBERS.has(arg.type) && NUMBERS.has(field.type);
  const to = isAlike && arg.type !== field.type ? "real" : arg.type;
  const fold = (sql: string): string => expr.ignoresCase ? lowerSql(sql) : sql;
  const value = castSql(column, { from: field.type, to });
  const sought = castSql(printer.expr(arg), { from: arg.type, to });
  const list = `select ${fold(value)} from (${printer.rel(expr.rel)}) where isNotNull(${value})`;
  return `ifNull(${fold(sought)} in (${list}), 0)`;
}
