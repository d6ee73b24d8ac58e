/**
 * Functions of numbers.
 *
 * @module
 */
import { callOf, type Expr } from "../plan.ts";
import { convert } from "./convert.ts";
import { type FunctionCall, scalar, type ScalarFunction } from "./define.ts";

const OF_REAL = [
  "exp",
  "exp2",
  "exp10",
  "log",
  "log2",
  "log10",
  "sqrt",
  "sin",
  "cos",
  "tan",
  "cot",
  "asin",
  "acos",
  "atan",
  "degrees",
  "radians",
  "gamma",
  "loggamma",
].map((name) => scalar(name, [["real"], "real"]));

const OF_WHOLE = [
  "binary_and",
  "binary_or",
  "binary_xor",
  "binary_shift_left",
  "binary_shift_right",
].map((name) => scalar(name, [["long", "long"], "long"]));

export const NUMBERS: readonly (readonly [string, ScalarFunction])[] = [
  ...OF_REAL,
  ...OF_WHOLE,
  scalar("abs", [["amount"], "first"], { lower: abs }),
  scalar("ceiling", [["real"], "real"]),
  scalar("round", [["number", "long"], "first"]),
  scalar("sign", [["number"], "real"]),
  scalar("pow", [["real", "real"], "real"]),
  scalar("atan2", [["real", "real"], "real"]),
  scalar("pi", [[], "real"]),
  scalar("isnan", [["real"], "bool"]),
  scalar("isinf", [["real"], "bool"]),
  scalar("isfinite", [["real"], "bool"]),
  scalar("max_of", [["common"], "common"], { repeats: 1 }),
  scalar("min_of", [["common"], "common"], { repeats: 1 }),
  scalar("rand", [["real"], "real"]),
  scalar("binary_not", [["long"], "long"]),
  scalar("bitset_count_ones", [["long"], "long"]),
];

function abs({ args: [value] }: FunctionCall): Expr {
  const wide = value!.type === "int" ? convert(value!, "long") : value!;
  return callOf(wide.type, "abs", wide);
}
