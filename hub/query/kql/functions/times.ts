/**
 * Functions of times and durations, and `bin()`.
 *
 * @module
 */
import { callOf, type Expr, literal } from "../plan.ts";
import { isNumeric, type ScalarType } from "../types.ts";
import { constantText } from "./constant.ts";
import { commonType, convert } from "./convert.ts";
import { type FunctionCall, type ParameterRule, scalar, type ScalarFunction } from "./define.ts";

const MOVABLE = [
  "startofday",
  "startofweek",
  "startofmonth",
  "startofyear",
  "endofday",
  "endofweek",
  "endofmonth",
  "endofyear",
].map((name) => scalar(name, [["datetime", "long"], "datetime"]));

const PARTS = ["dayofmonth", "dayofyear", "hourofday", "monthofyear", "getyear", "week_of_year"]
  .map((name) => scalar(name, [["datetime"], "int"]));

const UNIX = ["seconds", "milliseconds", "microseconds", "nanoseconds"]
  .map((unit) => scalar(`unixtime_${unit}_todatetime`, [["number"], "datetime"]));

const SIX: readonly ParameterRule[] = ["long", "long", "long", "long", "long", "number"];

export const TIMES: readonly (readonly [string, ScalarFunction])[] = [
  ...MOVABLE,
  ...PARTS,
  ...UNIX,
  scalar("now", [["timespan"], "datetime"], { lower: now }),
  scalar("ago", [["timespan"], "datetime"], { lower: ago }),
  scalar("bin", [["any", "any"], "first"], { lower: bin }),
  scalar("floor", [["any", "any"], "first"], { lower: bin }),
  scalar("bin_at", [["any", "any", "any"], "first"], { lower: binAt }),
  scalar("around", [["any", "any", "any"], "bool"], { lower: around }),
  scalar("dayofweek", [["datetime"], "timespan"]),
  scalar("getmonth", [["datetime"], "int"], { as: "monthofyear" }),
  scalar("weekofyear", [["datetime"], "int"], { as: "week_of_year" }),
  scalar("datetime_part", [["string", "datetime"], "int"]),
  scalar("datepart", [["string", "datetime"], "int"], { as: "datetime_part" }),
  scalar("datetime_add", [["string", "long", "datetime"], "datetime"]),
  scalar("datetime_diff", [["string", "datetime", "datetime"], "long"], { lower: datetimeDiff }),
  scalar("make_datetime", [["any"], "datetime"], { repeats: 1, lower: makeDatetime }),
  scalar("make_timespan", [["any"], "timespan"], { repeats: 1, lower: makeTimespan }),
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

/** Weeks are real, all else is whole. */
function datetimeDiff({ args }: FunctionCall): Expr {
  const diff = callOf("long", "datetime_diff", ...args);
  return constantText(args[0]!)?.toLowerCase() === "week" ? convert(diff, "real") : diff;
}

/** Numbers become one type; a time is binned by a duration. */
function bin({ args: [value, step = literal("long", 1n)] }: FunctionCall): Expr {
  const type = binnedType(value!.type, step.type);
  return callOf(type, "bin", convert(value!, type), convert(step, stepType(type)));
}

function binnedType(value: ScalarType, step: ScalarType): ScalarType {
  if (value === "dynamic") {
    return step === "timespan" || step === "datetime" ? "datetime" : "real";
  }
  return isNumeric(value) ? commonType([value, step].map(ofType)) : value;
}

function ofType(type: ScalarType): Expr {
  return literal(type, null);
}

function stepType(type: ScalarType): ScalarType {
  return type === "datetime" ? "timespan" : type;
}

function binAt({ args: [value, step, point] }: FunctionCall): Expr {
  const types = [value!, step!, point!];
  const type = value!.type === "dynamic"
    ? point!.type
    : isNumeric(value!.type)
    ? commonType(types)
    : value!.type;
  return callOf(
    type,
    "bin_at",
    convert(value!, type),
    convert(step!, stepType(type)),
    convert(point!, type),
  );
}

/** Whether a value is at most so far from another. */
function around({ args: [value, center, delta] }: FunctionCall): Expr {
  const type = value!.type;
  const [at, from, by] = [
    convert(value!, type),
    convert(center!, type),
    convert(delta!, type === "datetime" ? "timespan" : type),
  ];
  return callOf(
    "bool",
    "and",
    callOf("bool", ">=", at, callOf(type, "-", from, by)),
    callOf("bool", "<=", at, callOf(type, "+", from, by)),
  );
}

function makeDatetime({ args }: FunctionCall): Expr {
  if (args.length === 1) return convert(args[0]!, "datetime");
  return callOf(
    "datetime",
    "make_datetime",
    ...args.map((arg, i) => numeric(arg, SIX[i] ?? "long")),
  );
}

function numeric(arg: Expr, rule: ParameterRule): Expr {
  return rule === "number"
    ? convert(arg, isNumeric(arg.type) ? arg.type : "real")
    : convert(arg, "long");
}

function makeTimespan({ args }: FunctionCall): Expr {
  if (args.length === 1) return convert(args[0]!, "timespan");
  const seconds = args.length === 2 ? -1 : args.length - 1;
  return callOf(
    "timespan",
    "make_timespan",
    ...args.map((arg, i) => numeric(arg, i === seconds ? "number" : "long")),
  );
}
