/**
 * Functions of numbers as SQL.
 *
 * @module
 */
import type { FunctionSql } from "../printer.ts";

const named = (name: string): FunctionSql => (args) => `${name}(${args.join(", ")})`;

export const MATH_SQL: Readonly<Record<string, FunctionSql>> = {
  "abs": named("abs"),
  "ceiling": named("ceil"),
  "exp": named("exp"),
  "log": ([x]) => `case when ${x} > 0 then ln(${x}) end`,
  "log10": ([x]) => `case when ${x} > 0 then log10(${x}) end`,
  "log2": ([x]) => `case when ${x} > 0 then log2(${x}) end`,
  "pow": named("pow"),
  "sqrt": ([x]) => `case when ${x} >= 0 then sqrt(${x}) end`,
  "isnan": ([x]) => `coalesce(isnan(${x}), false)`,
  "isinf": ([x]) => `coalesce(isinf(${x}), false)`,
  "isfinite": ([x]) => `coalesce(isfinite(${x}), false)`,
  "max_of": named("greatest"),
  "min_of": named("least"),
  "rand": () => "random()",
};
