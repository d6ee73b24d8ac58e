/**
 * Functions of times and durations, and `bin()`.
 *
 * @module
 */
import { callOf, type Expr, literal } from "../plan.ts";
import { isNumeric } from "../types.ts";
import { commonType, convert } from "./convert.ts";
import { type FunctionCall, scalar, type ScalarFunction } from "./define.ts";

export const TIMES: readonly (readonly [string, ScalarFunction])[] = [
  scalar("now", [["timespan"], "datetime"], { lower: now }),
  scalar("ago", [["timespan"], "datetime"], { lower: ago }),
  scalar("bin", [["any", "any"], "first"], { lower: bin }),
  scalar("floor", [["any", "any"], "first"], { lower: bin }),
  scalar("startofday", [["datetime", "long"], "datetime"]),
  scalar("endofday", [["datetime", "long"], "datetime"]),
  scalar("hourofday", [["datetime"], "int"]),
  scalar("dayofweek", [["datetime"], "timespan"]),
  scalar("dayofmonth", [["datetime"], "int"]),
  scalar("datetime_diff", [["string", "datetime", "datetime"], "long"]),
];

function now({ now: ticks, args: [offset] }: FunctionCall): Expr {
  const value = offset === undefined ? literal("timespan", 0n) : offset;
  return moved("+", ticks, value);
}

function ago({ now: ticks, args: [offset] }: FunctionCall): Expr {
  return moved("-", ticks, offset!);
}

function moved(operator: "+" | "-", ticks: bigint, by: Expr): Expr {
  if (by.kind === "literal" && typeof by.value === "bigint") {
    return literal("datetime", operator === "+" ? ticks + by.value : ticks - by.value);
  }
  return callOf("datetime", operator, literal("datetime", ticks), by);
}

/** Numbers become one type; a time is binned by a duration. */
function bin({ args: [value, step = literal("long", 1n)] }: FunctionCall): Expr {
  if (value!.type === "datetime" || value!.type === "timespan") {
    return callOf(value!.type, "bin", value!, convert(step, "timespan"));
  }
  if (value!.type === "dynamic" && (step.type === "timespan" || isNumeric(step.type))) {
    const type = step.type === "timespan" ? "datetime" : "real";
    return callOf(
      type,
      "bin",
      convert(value!, type),
      convert(step, step.type === "timespan" ? "timespan" : "real"),
    );
  }
  const type = commonType([value!, step]);
  return callOf(type, "bin", convert(value!, type), convert(step, type));
}
