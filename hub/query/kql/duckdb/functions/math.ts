/**
 * SQL of functions of numbers. What has no value is not-a-number, as in KQL, not an error.
 *
 * @module
 */
import { DECIMAL, once, wrapLong } from "./sql_function.ts";
import type { FunctionSql, FunctionTable } from "../printer.ts";

const NAN = "'nan'::DOUBLE";

export const MATH_SQL: FunctionTable = {
  abs: ([value], call) => {
    if (call.type === "int") return `abs((${value})::BIGINT)::INTEGER`;
    return call.type === "long" || call.type === "timespan"
      ? wrapLong(`abs((${value})::HUGEINT)`)
      : `abs(${value})`;
  },
  sign: ([value]) => `sign(${value})::DOUBLE`,
  ceiling: ([value], call) => asResult(`ceil(${value})`, call.type),
  round: ([value, precision], call) =>
    asResult(
      precision === undefined ? `round(${value})` : `round(${value}, (${precision})::INTEGER)`,
      call.type,
    ),
  sqrt: within((x) => `${x} < 0`, (x) => `sqrt(${x})`),
  exp: real((x) => `exp(${x})`),
  exp2: real((x) => `pow(2.0::DOUBLE, ${x})`),
  exp10: real((x) => `pow(10.0::DOUBLE, ${x})`),
  pow: ([base, exponent]) => `pow((${base})::DOUBLE, (${exponent})::DOUBLE)`,
  log: logarithm("ln"),
  log2: logarithm("log2"),
  log10: logarithm("log10"),
  sin: within((x) => `isinf(${x})`, (x) => `sin(${x})`),
  cos: within((x) => `isinf(${x})`, (x) => `cos(${x})`),
  tan: within((x) => `isinf(${x})`, (x) => `tan(${x})`),
  cot: within((x) => `isinf(${x})`, (x) => `(1 / tan(${x}))`),
  asin: within((x) => `abs(${x}) > 1`, (x) => `asin(${x})`),
  acos: within((x) => `abs(${x}) > 1`, (x) => `acos(${x})`),
  atan: real((x) => `atan(${x})`),
  atan2: ([y, x]) => `atan2((${y})::DOUBLE, (${x})::DOUBLE)`,
  degrees: real((x) => `degrees(${x})`),
  radians: real((x) => `radians(${x})`),
  pi: () => "pi()",
  gamma: within((x) => `(${x} <= 0 AND ${x} = floor(${x}))`, (x) => `gamma(${x})`),
  loggamma: within((x) => `(${x} <= 0 AND ${x} = floor(${x}))`, (x) => `lgamma(${x})`),
  isnan: ([value]) => `isnan(${value})`,
  isinf: ([value]) => `isinf(${value})`,
  isfinite: ([value]) => `isfinite(${value})`,
  rand: ([limit]) => limit === undefined ? "random()" : `floor(random() * (${limit}))`,
  binary_and: ([left, right]) => `(${left} & ${right})`,
  binary_or: ([left, right]) => `(${left} | ${right})`,
  binary_xor: ([left, right]) => `xor(${left}, ${right})`,
  binary_not: ([value]) => `(~(${value}))`,
  // HUGEINT has room for a shift of up to 63 of what fits in 64 bits.
  binary_shift_left: ([value, by]) =>
    wrapLong(
      `((${value}) & 18446744073709551615::HUGEINT) * pow(2, ((${by}) % 64 + 64) % 64)::HUGEINT`,
    ),
  binary_shift_right: ([value, by]) => `((${value}) >> (((${by}) % 64 + 64) % 64))`,
  bitset_count_ones: ([value]) => `bit_count(${value})::BIGINT`,
  max_of: ([...args], call) => extreme("greatest", args, call.type),
  min_of: ([...args], call) => extreme("least", args, call.type),
};

function real(body: (x: string) => string): FunctionSql {
  return ([value]) => body(`(${value})::DOUBLE`);
}

/** Not-a-number where `isOutside` holds, for which the engine's function fails. */
function within(isOutside: (x: string) => string, body: (x: string) => string): FunctionSql {
  return ([value]) =>
    once(
      [`(${value})::DOUBLE`],
      (x) => `CASE WHEN ${isOutside(x)} THEN ${NAN} ELSE ${body(x)} END`,
    );
}

function logarithm(name: string): FunctionSql {
  return ([value]) =>
    once(
      [`(${value})::DOUBLE`],
      (x) =>
        `CASE WHEN ${x} = 0 THEN '-inf'::DOUBLE WHEN ${x} < 0 THEN ${NAN} ELSE ${name}(${x}) END`,
    );
}

function asResult(sql: string, type: string): string {
  return type === "decimal"
    ? `(${sql})::${DECIMAL}`
    : `(${sql})::${type === "int" ? "INTEGER" : type === "long" ? "BIGINT" : "DOUBLE"}`;
}

/** Absent values do not count. */
function extreme(name: string, args: readonly string[], type: string): string {
  const sql = `${name}(${args.join(", ")})`;
  return type === "string" ? `coalesce(${sql}, '')` : sql;
}
