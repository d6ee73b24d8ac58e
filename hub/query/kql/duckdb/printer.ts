/**
 * What the parts of the SQL printer share.
 *
 * @module
 */
import { sqlText } from "../../../store/sql_text.ts";
import type { Call, Expr, Rel } from "../plan.ts";
import type { ScalarType } from "../types.ts";

/** Prints parts of a plan. */
export interface Printer {
  /** Whole numbers that pass the range of their type begin again at its other end. */
  readonly wraps: boolean;
  /** Stored tables that were printed, by name, with the relation that stands for each. */
  readonly tables: Map<string, string>;
  expr(expr: Expr): string;
  /** `expr` where only rows for which it holds go on: absent is as good as false. */
  condition(expr: Expr): string;
  /** A SELECT. */
  rel(rel: Rel): string;
}

/** The SQL of one function, given that of its arguments. */
export type FunctionSql = (args: readonly string[], call: Call, printer: Printer) => string;

export type FunctionTable = Readonly<Record<string, FunctionSql>>;

/** How decimals are kept. */
const DECIMAL = "decimal(38, 18)";

export const SQL_TYPES: Readonly<Record<ScalarType, string>> = {
  bool: "boolean",
  int: "integer",
  long: "bigint",
  real: "double",
  decimal: DECIMAL,
  string: "varchar",
  datetime: "bigint",
  timespan: "bigint",
  guid: "uuid",
  dynamic: "json",
};

/** `text` as a literal, whatever is in it. */
export function textLiteral(text: string): string {
  if (!text.includes("\0")) return sqlText(text);
  return `(${text.split("\0").map((part) => sqlText(part)).join(" || chr(0) || ")})`;
}
