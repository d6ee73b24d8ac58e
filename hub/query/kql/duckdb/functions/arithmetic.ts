/**
 * SQL of arithmetic: whole numbers wrap around, a division by zero of whole numbers is absent, and
 * what is left over by `%` is never negative.
 *
 * @module
 */
import type { Call, Expr } from "../../plan.ts";
import type { ScalarType } from "../../types.ts";
import {
  constantWhole,
  datetimeOf,
  DECIMAL,
  EPOCH,
  once,
  timespanOf,
  wrapInt,
  wrapLong,
} from "./sql_function.ts";
import type { FunctionSql, FunctionTable } from "../printer.ts";

export const ARITHMETIC_SQL: FunctionTable = {
  "+": sum("+"),
  "-": sum("-"),
  "*": ([left, right], call) => {
    if (call.type !== "timespan") return exact(call.type, "*", [left!, right!]);
    const isReal = call.args.some(({ type }) => type === "real" || type === "decimal");
    const product = isReal
      ? `try_cast(trunc((${left})::DOUBLE * (${right})::DOUBLE) AS HUGEINT)`
      : `(${left})::HUGEINT * (${right})`;
    return timespanOf(product);
  },
  "/": ([left, right], call) => divided([left!, right!], call),
  "%": ([left, right], call) => remainder([left!, right!], call),
  negate: ([arg], call) => negated(arg!, call.type),
  bin: ([value, size], call) => bin([value!, size!], call),
  bin_at: ([value, size, point], call) => binAt([value!, size!, point!], call),
};

function sum(operator: "+" | "-"): FunctionSql {
  return ([left, right], call) => {
    if (call.type === "datetime") return datetimeOf(`(${left})::HUGEINT ${operator} (${right})`);
    if (call.type !== "timespan") return exact(call.type, operator, [left!, right!]);
    if (call.args[0]?.type === "datetime") return `(${left} ${operator} ${right})`;
    return timespanOf(`(${left})::HUGEINT ${operator} (${right})`);
  };
}

/** `+ - *` of two numbers of the type of the result. */
function exact(
  type: ScalarType,
  operator: string,
  [left, right]: readonly [string, string],
): string {
  switch (type) {
    case "int":
      return wrapInt(`(${left})::BIGINT ${operator} (${right})`);
    case "long":
      return wrapLong(`(${left})::HUGEINT ${operator} (${right})`);
    case "decimal":
      return operator === "*"
        ? decimalCall("multiply", [left, right])
        : `((${left}) ${operator} (${right}))::${DECIMAL}`;
    default:
      return `((${left})::DOUBLE ${operator} (${right})::DOUBLE)`;
  }
}

function decimalCall(
  name: "multiply" | "divide",
  [left, right]: readonly [string, string],
): string {
  return `try_cast(n_decimal_${name}((${left})::VARCHAR, (${right})::VARCHAR) AS ${DECIMAL})`;
}

function divided([left, right]: readonly [string, string], { type, args }: Call): string {
  if (type === "timespan") {
    return `try_cast(trunc((${left}) / nullif((${right})::DOUBLE, 0)) AS BIGINT)`;
  }
  if (args[0]?.type === "datetime") return `((${left} + ${EPOCH})::DOUBLE / (${right})::DOUBLE)`;
  if (type === "decimal") {
    return decimalCall("divide", [left, right]);
  }
  if (type !== "int" && type !== "long") return `((${left})::DOUBLE / (${right})::DOUBLE)`;
  const by = constantWhole(args[1]);
  if (by !== undefined && by > 0n) return `((${left}) // (${right}))`;
  // The least long divided by -1 is itself.
  return wholeOf(type, `(${left})::HUGEINT // (${right})`);
}

function wholeOf(type: ScalarType, sql: string): string {
  return type === "int" ? `(${wrapLong(sql)})::INTEGER` : wrapLong(sql);
}

function remainder([left, right]: readonly [string, string], { type, args }: Call): string {
  const start = args[0]?.type === "datetime" ? `(${left} + ${EPOCH})` : left;
  const by = constantWhole(args[1]);
  if (by !== undefined && by > 0n) return `((${start} % ${right} + ${right}) % ${right})`;
  if (type === "real") {
    return once([right], (b) => `(((${start})::DOUBLE % ${b} + abs(${b})) % abs(${b}))`);
  }
  const wide = type === "decimal" ? DECIMAL : "HUGEINT";
  return once(
    [`(${right})::${wide}`],
    (b) =>
      `((((${start})::${wide} % ${b}) + abs(${b})) % abs(${b}))::${
        type === "int" ? "INTEGER" : type === "decimal" ? DECIMAL : "BIGINT"
      }`,
  );
}

function negated(arg: string, type: ScalarType): string {
  if (type === "long" || type === "timespan") return wrapLong(`-(${arg})::HUGEINT`);
  return type === "int" ? wrapInt(`-(${arg})::BIGINT`) : `(-(${arg}))`;
}

/** The greatest multiple of `size` that is not above `value`. */
function bin([value, size]: readonly [string, string], { type, args }: Call): string {
  if (type === "datetime" || type === "timespan" || type === "int" || type === "long") {
    return wholeBin([value, size, type === "datetime" ? `-${EPOCH}` : "0"], {
      type,
      isPositive: isSmall(args[1]),
    });
  }
  if (type === "decimal") {
    return once(
      [`(${value})::${DECIMAL}`, `(${size})::${DECIMAL}`],
      (v, s) => `CASE WHEN ${s} > 0 THEN (${v} - ((${v} % ${s} + ${s}) % ${s}))::${DECIMAL} END`,
    );
  }
  return once(
    [`(${size})::DOUBLE`],
    (s) => `CASE WHEN ${s} > 0 THEN floor((${value})::DOUBLE / ${s}) * ${s} END`,
  );
}

/** Whether it is a constant above 0 of which two fit in 63 bits. */
function isSmall(size: Expr | undefined): boolean {
  const known = constantWhole(size) ?? 0n;
  return known > 0n && known < 2n ** 62n;
}

interface WholeBin {
  readonly type: ScalarType;
  readonly isPositive: boolean;
}

function wholeBin(
  [value, size, point]: readonly [string, string, string],
  { type, isPositive }: WholeBin,
): string {
  if (type === "datetime" && isPositive && point === `-${EPOCH}`) {
    return `(((${value}) + ${EPOCH}) // ${size} * ${size} - ${EPOCH})`;
  }
  // Within 64 bits where that is enough, which is faster.
  const wide = isPositive && point === "0" ? "" : "::HUGEINT";
  const from = (v: string): string =>
    point === "0" ? `(${v})${wide}` : `((${v})::HUGEINT - (${point}))`;
  const binned = (v: string, s: string): string => {
    const ticks = `((${v})::HUGEINT - ((${from(v)} % ${s} + ${s}) % ${s}))`;
    if (type === "datetime") return datetimeOf(ticks);
    return type === "int" ? `(${ticks})::INTEGER` : wrapLong(ticks);
  };
  if (isPositive) return once([value], (v) => binned(v, size));
  return once([value, size], (v, s) => `CASE WHEN ${s} > 0 THEN ${binned(v, s)} END`);
}

/** As `bin`, of multiples that are counted from `point`. */
function binAt([value, size, point]: readonly [string, string, string], call: Call): string {
  const { type, args } = call;
  if (type === "datetime" || type === "timespan" || type === "int" || type === "long") {
    const isReal = args[1]?.type === "real";
    const ticks = isReal ? `(${size})::BIGINT` : size;
    return once(
      [point],
      (p) => wholeBin([value, ticks, p], { type, isPositive: isSmall(args[1]) }),
    );
  }
  return once(
    [`(${size})::DOUBLE`, `(${point})::DOUBLE`],
    (s, p) => `CASE WHEN ${s} > 0 THEN ${p} + floor(((${value})::DOUBLE - ${p}) / ${s}) * ${s} END`,
  );
}
