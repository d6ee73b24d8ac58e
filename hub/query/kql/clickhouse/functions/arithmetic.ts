/**
 * SQL of arithmetic: whole numbers wrap around, a division by zero of whole numbers is absent, and
 * what is left over by `%` is never negative.
 *
 * @module
 */
import type { Call } from "../../plan.ts";
import type { ScalarType } from "../../types.ts";
import { type FunctionSql, type FunctionTable, once, unsupported } from "../printer.ts";
import { datetimeOf, EPOCH, timespanOf } from "./ticks.ts";

export const ARITHMETIC_SQL: FunctionTable = {
  "+": sum("+"),
  "-": sum("-"),
  "*": ([left = "", right = ""], call) => {
    if (call.type !== "timespan") return exact("*", [left, right], call.type);
    const isReal = call.args.some(({ type }) => type === "real");
    if (call.args.some(({ type }) => type === "decimal")) throw unsupported("* of a decimal");
    return isReal
      ? `accurateCastOrNull(trunc(toFloat64(${left}) * toFloat64(${right})), 'Int64')`
      : timespanOf(`toInt128(${left}) * toInt128(${right})`);
  },
  "/": ([left, right], call) => divided([left!, right!], call),
  "%": ([left, right], call) => remainder([left!, right!], call),
  negate: ([arg], call) => {
    if (call.type === "decimal") throw unsupported("- of a decimal");
    return call.type === "real" ? `(-(${arg}))` : `(toInt64(0) - (${arg}))`;
  },
  bin: ([value, size], call) => binned([value!, size!, undefined], call),
  bin_at: ([value, size, point], call) => binned([value!, size!, point!], call),
};

function sum(operator: "+" | "-"): FunctionSql {
  return ([left = "", right = ""], call) => {
    if (call.type === "datetime") {
      return datetimeOf(`toInt128(${left}) ${operator} toInt128(${right})`);
    }
    if (call.type !== "timespan") return exact(operator, [left, right], call.type);
    return timespanOf(`toInt128(${left}) ${operator} toInt128(${right})`);
  };
}

/** `+ - *` of two numbers of the type of the result. */
function exact(
  operator: string,
  [left, right]: readonly [string, string],
  type: ScalarType,
): string {
  if (type === "decimal") throw unsupported(`${operator} of decimals`);
  const as = type === "int" ? "toInt32" : type === "long" ? "toInt64" : "toFloat64";
  return `${as}(${as}(${left}) ${operator} ${as}(${right}))`;
}

function divided([left, right]: readonly [string, string], { type, args }: Call): string {
  if (type === "timespan") {
    return `accurateCastOrNull(trunc((${left}) / nullIf(toFloat64(${right}), 0)), 'Int64')`;
  }
  if (type === "decimal") throw unsupported("/ of decimals");
  if (args[0]?.type === "datetime") throw unsupported("/ of a time");
  if (type !== "int" && type !== "long") return `(toFloat64(${left}) / toFloat64(${right}))`;
  // The least long divided by -1 is itself.
  return `toInt64(intDivOrNull(toInt128(${left}), toInt128(${right})))`;
}

function remainder([left, right]: readonly [string, string], { type, args }: Call): string {
  if (type === "decimal" || args.some((arg) => arg.type === "decimal")) {
    throw unsupported("% of decimals");
  }
  if (type === "real") {
    return once(
      [`toFloat64(${left})`, `abs(toFloat64(${right}))`],
      (a, b) => `if(${b} = 0, nan, modulo(modulo(${a}, ${b}) + ${b}, ${b}))`,
    );
  }
  const start = args[0]?.type === "datetime" ? `(${left} + ${EPOCH})` : left;
  const as = type === "int" ? "toInt32" : "toInt64";
  return once(
    // Of a signed and an unsigned one the rest is taken as unsigned.
    [`toInt128(${start})`, `toInt128(abs(toInt128(${right})))`],
    (a, b) => `${as}(moduloOrNull(moduloOrNull(${a}, ${b}) + ${b}, ${b}))`,
  );
}

/** The greatest multiple of the size, counted from a point, that is not above the value. */
function binned(
  [value, size, point]: readonly [string, string, string | undefined],
  { type, args }: Call,
): string {
  if (type === "decimal") throw unsupported("bin() of a decimal");
  if (type === "real") {
    const from = point ?? "toFloat64(0)";
    return once(
      [`toFloat64(${value})`, `toFloat64(${size})`, `toFloat64(${from})`],
      (v, s, p) =>
        point === undefined
          ? `if(${s} > 0, floor(${v} / ${s}) * ${s}, NULL)`
          : `if(${s} > 0, ${p} + floor((${v} - ${p}) / ${s}) * ${s}, NULL)`,
    );
  }
  const step = args[1]?.type === "real" ? `toInt64(${size})` : size;
  const from = point ?? (type === "datetime" ? `toInt64('-${EPOCH}')` : "toInt64('0')");
  return once(
    [`toInt128(${value})`, `toInt128(${step})`, `toInt128(${from})`],
    (v, s, p) => {
      const ticks = `${v} - moduloOrNull(moduloOrNull(${v} - ${p}, ${s}) + ${s}, ${s})`;
      const whole = type === "datetime"
        ? datetimeOf(ticks)
        : type === "int"
        ? `toInt32(${ticks})`
        : `toInt64(${ticks})`;
      return `if(${s} > 0, ${whole}, NULL)`;
    },
  );
}
