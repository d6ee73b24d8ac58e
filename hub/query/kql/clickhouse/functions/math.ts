/**
 * SQL of functions of numbers. What has no value is not-a-number, as in KQL.
 *
 * @module
 */
import { type FunctionSql, type FunctionTable, once, unsupported } from "../printer.ts";

export const MATH_SQL: FunctionTable = {
  abs: ([value], call) => {
    if (call.type === "real") return `abs(${value})`;
    if (call.type === "decimal") throw unsupported("abs() of a decimal");
    return call.type === "int"
      ? `toInt32(abs(toInt64(${value})))`
      : `toInt64(abs(toInt128(${value})))`;
  },
  sign: ([value]) => `toFloat64(sign(${value}))`,
  ceiling: ([value]) => `ceil(${value})`,
  round: ([value, precision], call) => {
    if (call.type === "decimal" || precision !== undefined) throw unsupported("round() to digits");
    if (call.type !== "real") return value!;
    return once(
      [value!],
      (x) =>
        `if(abs(${x}) < 4503599627370496, sign(${x}) * (floor(abs(${x})) + (abs(${x}) - floor(abs(${x})) >= 0.5)), ${x})`,
    );
  },
  sqrt: real((x) => `if(${x} < 0, nan, sqrt(${x}))`),
  exp: real((x) => `exp(${x})`),
  exp2: real((x) => `pow(2., ${x})`),
  exp10: real((x) => `pow(10., ${x})`),
  pow: ([base, exponent]) => `pow(toFloat64(${base}), toFloat64(${exponent}))`,
  log: logarithm("log"),
  log2: logarithm("log2"),
  log10: logarithm("log10"),
  sin: real((x) => `if(isInfinite(${x}), nan, sin(${x}))`),
  cos: real((x) => `if(isInfinite(${x}), nan, cos(${x}))`),
  tan: real((x) => `if(isInfinite(${x}), nan, tan(${x}))`),
  cot: real((x) => `if(isInfinite(${x}), nan, 1 / tan(${x}))`),
  asin: real((x) => `if(abs(${x}) > 1, nan, asin(${x}))`),
  acos: real((x) => `if(abs(${x}) > 1, nan, acos(${x}))`),
  atan: real((x) => `atan(${x})`),
  atan2: ([y, x]) => `atan2(toFloat64(${y}), toFloat64(${x}))`,
  degrees: real((x) => `degrees(${x})`),
  radians: real((x) => `radians(${x})`),
  pi: () => "pi()",
  isnan: ([value]) => `isNaN(${value})`,
  isinf: ([value]) => `isInfinite(${value})`,
  isfinite: ([value]) => `isFinite(${value})`,
  rand: ([limit]) =>
    limit === undefined ? "randCanonical()" : `floor(randCanonical() * (${limit}))`,
  binary_and: ([left, right]) => `bitAnd(${left}, ${right})`,
  binary_or: ([left, right]) => `bitOr(${left}, ${right})`,
  binary_xor: ([left, right]) => `bitXor(${left}, ${right})`,
  binary_not: ([value]) => `bitNot(${value})`,
  binary_shift_left: ([value, by]) => `toInt64(bitShiftLeft(${value}, bitAnd(${by}, 63)))`,
  binary_shift_right: ([value, by]) => `toInt64(bitShiftRight(${value}, bitAnd(${by}, 63)))`,
  bitset_count_ones: ([value]) => `toInt64(bitCount(${value}))`,
  max_of: extreme("Max"),
  min_of: extreme("Min"),
};

function real(body: (x: string) => string): FunctionSql {
  return ([value]) => once([`toFloat64(${value})`], body);
}

function logarithm(name: string): FunctionSql {
  return real((x) => `multiIf(${x} = 0, -inf, ${x} < 0, nan, ${name}(${x}))`);
}

/** Absent values do not count; not-a-number is more than any number. */
function extreme(name: "Max" | "Min"): FunctionSql {
  return (args, call) => {
    if (call.type === "guid" || call.type === "decimal") {
      throw unsupported(`${call.name}() of a ${call.type}`);
    }
    if (call.type === "string") {
      return `${name === "Max" ? "greatest" : "least"}(${args.join(", ")})`;
    }
    const list = `arrayFilter(x -> isNotNull(x), [${
      args.map((arg) => `toNullable(${arg})`).join(", ")
    }])`;
    if (call.type !== "real") {
      return once(
        [list],
        (l) => `if(empty(${l}), NULL, array${name}(arrayMap(x -> assumeNotNull(x), ${l})))`,
      );
    }
    const numbers = (l: string): string =>
      `arrayFilter(x -> not isNaN(x), arrayMap(x -> assumeNotNull(x), ${l}))`;
    return once(
      [list],
      (l) =>
        name === "Max"
          ? `multiIf(empty(${l}), NULL, arrayExists(x -> isNaN(x), ${l}), nan, arrayMax(${
            numbers(l)
          }))`
          : `multiIf(empty(${l}), NULL, empty(${numbers(l)}), nan, arrayMin(${numbers(l)}))`,
    );
  };
}
