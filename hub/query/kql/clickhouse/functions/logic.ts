/**
 * SQL of comparisons and of what is absent.
 *
 * Absent is not equal to any value, and whether two absent values are equal is absent itself.
 *
 * @module
 */
import type { Call, Expr } from "../../plan.ts";
import { lowerSql } from "../letter_case.ts";
import { type FunctionSql, type FunctionTable, once } from "../printer.ts";
import { textsOf } from "./places.ts";

export const LOGIC_SQL: FunctionTable = {
  and: ([left, right]) => `(${left} and ${right})`,
  or: ([left, right]) => `(${left} or ${right})`,
  not: ([arg]) => `(not ${arg})`,
  "==": (sides, call) => {
    const [left, right] = alike(sides, call);
    if (isPresent(call.args[0]) && isPresent(call.args[1])) return `(${left} = ${right})`;
    if (isPresent(call.args[0]) || isPresent(call.args[1])) return `ifNull(${left} = ${right}, 0)`;
    return once(
      [left!, right!],
      (a, b) => `if(isNull(${a}) and isNull(${b}), NULL, ifNull(${a} = ${b}, 0))`,
    );
  },
  "!=": (sides, call) => {
    const [left, right] = alike(sides, call);
    if (isPresent(call.args[0]) && isPresent(call.args[1])) return `(${left} != ${right})`;
    if (isPresent(call.args[0]) || isPresent(call.args[1])) return `ifNull(${left} != ${right}, 1)`;
    return once(
      [left!, right!],
      (a, b) => `if(isNull(${a}) and isNull(${b}), NULL, ifNull(${a} != ${b}, 1))`,
    );
  },
  "<": ordered("<"),
  "<=": ordered("<="),
  ">": ordered(">"),
  ">=": ordered(">="),
  same: (sides, call) => {
    const [left, right] = alike(sides, call);
    return `(${left} <=> ${right})`;
  },
  is_distinct: (sides, call) => {
    const [left, right] = alike(sides, call);
    return `(not (${left} <=> ${right}))`;
  },
  in: (sides, call) => {
    const [arg, ...items] = alike(sides, call);
    return isAmong(arg!, items);
  },
  "in~": ([arg, ...items]) => isAmong(lowerSql(arg!), items.map(lowerSql)),
  in_array: ([arg, list]) => `ifNull(has(${textsOf(list!)}, ${arg}), 0)`,
  "in~_array": ([arg, list]) =>
    `ifNull(has(arrayMap(t -> ${lowerSql("t")}, ${textsOf(list!)}), ${lowerSql(arg!)}), 0)`,
  isnull: ([arg], call) => call.args[0]?.type === "string" ? "false" : `isNull(${arg})`,
  isnotnull: ([arg], call) => call.args[0]?.type === "string" ? "true" : `isNotNull(${arg})`,
  coalesce: (args, call) =>
    call.type === "string"
      ? `ifNull(coalesce(${args.map((arg) => `nullIf(${arg}, '')`).join(", ")}), '')`
      : `coalesce(${args.join(", ")})`,
};

/** Whether an expression is never absent. */
function isPresent(expr: Expr | undefined): boolean {
  return expr?.type === "string" || (expr?.kind === "literal" && expr.value !== null);
}

/** Numbers of several types as reals, which Kusto compares them as; guids by their texts. */
function alike(sides: readonly string[], { args, name }: Call): readonly string[] {
  const types = args.map(({ type }) => type);
  if (types.includes("guid") && name !== "==" && name !== "!=") {
    return sides.map((sql) => `toString(${sql})`);
  }
  if (!types.includes("real") || types.every((type) => type === "real")) return sides;
  return sides.map((sql, i) => types[i] === "real" ? sql : `toFloat64(${sql})`);
}

function ordered(operator: string): FunctionSql {
  return (sides, call) => {
    const [left, right] = alike(sides, call);
    return `(${left} ${operator} ${right})`;
  };
}

function isAmong(arg: string, items: readonly string[]): string {
  if (items.length === 0) return "false";
  return once(
    [arg],
    (one) => `(${items.map((item) => `ifNull(${one} = ${item}, 0)`).join(" or ")})`,
  );
}
