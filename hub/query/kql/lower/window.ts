/**
 * Functions of a row and those before and after it: `prev()`, `row_number()` and their kin.
 *
 * @module
 */
import { condition, convert } from "../functions/convert.ts";
import { absent, callOf, type Expr, fieldOf, literal, type Window } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import type { ScalarType } from "../types.ts";
import { SESSION } from "./sessions.ts";
import { failAt, type Lowering, type Place, type Table, unsupported } from "./scope.ts";

export const WINDOW_FUNCTIONS: ReadonlySet<string> = new Set([
  "prev",
  "next",
  "row_number",
  "row_cumsum",
  "row_rank_dense",
  "row_rank_min",
  SESSION,
]);

export function lowerWindow(syntax: Syntax, lowering: Lowering, place: Place): Expr {
  const { name } = syntax.need("Name");
  const { row } = place;
  if (row === undefined || !row.isSerialized) {
    throw failAt(lowering, syntax, {
      code: "semantic",
      message: `${name}() needs rows in order`,
      expected: "sort, serialize or range before it",
    });
  }
  const args = syntax.need("ArgumentList").list("Expressions")
    .map((arg) => lowering.expr(arg, place));
  switch (name) {
    case "prev":
    case "next":
      if (args[1]?.kind === "literal" && Number(args[1].value) < 1) {
        throw failAt(lowering, syntax, {
          code: "semantic",
          message: `the offset of ${name}() is not positive`,
          expected: "a whole number from 1",
        });
      }
      return neighbour(name, args, row);
    case "row_number":
      return rowNumber(args, row);
    case "row_cumsum":
      return runningSum(args, row);
    case "row_rank_dense":
    case "row_rank_min":
      return rank(name, args, row);
    case SESSION:
      return session(args, row);
    default:
      throw unsupported(lowering, syntax, `function ${name}()`);
  }
}

interface Over {
  readonly row: Table;
  readonly type: ScalarType;
  readonly partition?: readonly Expr[];
}

function over(name: string, args: readonly Expr[], { row, type, partition = [] }: Over): Window {
  return {
    kind: "window",
    type,
    name,
    args,
    partition: [...row.partition.map(fieldOf), ...partition],
    order: row.order,
  };
}

function neighbour(name: string, args: readonly Expr[], row: Table): Expr {
  const [value, offset = literal("long", 1n), otherwise] = args;
  const type = value!.type;
  return over(name === "prev" ? "lag" : "lead", [
    value!,
    convert(offset, "long"),
    otherwise === undefined ? absent(type) : convert(otherwise, type),
  ], { row, type });
}

/** Rows since the last restart have the same number of restarts before them. */
function restarts(restart: Expr | undefined, row: Table): readonly Expr[] {
  return restart === undefined
    ? []
    : [over("count_if", [condition(restart)], { row, type: "long" })];
}

function rowNumber([start, restart]: readonly Expr[], row: Table): Expr {
  const number = over("row_number", [], {
    row,
    type: "long",
    partition: restarts(restart, row),
  });
  if (start === undefined) return number;
  const shift = callOf("long", "-", convert(start, "long"), literal("long", 1n));
  return callOf("long", "+", number, shift);
}

function runningSum([value, restart]: readonly Expr[], row: Table): Expr {
  return over("sum", [value!], { row, type: value!.type, partition: restarts(restart, row) });
}

/** The rank changes where the value does. */
function rank(name: string, [value, restart]: readonly Expr[], row: Table): Expr {
  const before = over("lag", [value!, literal("long", 1n), absent(value!.type)], {
    row,
    type: value!.type,
  });
  const isNew = callOf("bool", "is_distinct", value!, before);
  const isFirst = callOf(
    "bool",
    "==",
    over("row_number", [], { row, type: "long" }),
    literal("long", 1n),
  );
  const partition = restarts(restart, row);
  const changes = restart === undefined
    ? callOf("bool", "or", isNew, isFirst)
    : callOf("bool", "or", callOf("bool", "or", isNew, isFirst), condition(restart));
  if (name === "row_rank_dense") {
    return over("count_if", [changes], { row, type: "long", partition });
  }
  const position = over("row_number", [], { row, type: "long", partition });
  const start: Expr = {
    kind: "case",
    type: "long",
    branches: [{ when: changes, value: position }],
    otherwise: absent("long"),
  };
  return over("max", [start], { row, type: "long", partition });
}

/** The time, how far a session goes from its first row, how far from row to row, restarts. */
function session([time, fromFirst, between, restart]: readonly Expr[], row: Table): Expr {
  return over(SESSION, [
    convert(time!, "datetime"),
    convert(fromFirst!, "timespan"),
    convert(between!, "timespan"),
    restart === undefined ? literal("bool", false) : condition(restart),
  ], { row, type: "datetime" });
}
