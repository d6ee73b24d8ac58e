/**
 * Functions of numbers.
 *
 * @module
 */
import { scalar, type ScalarFunction } from "./define.ts";

export const NUMBERS: readonly (readonly [string, ScalarFunction])[] = [
  scalar("abs", [["number"], "first"]),
  scalar("ceiling", [["number"], "first"]),
  scalar("exp", [["real"], "real"]),
  scalar("log", [["real"], "real"]),
  scalar("log10", [["real"], "real"]),
  scalar("log2", [["real"], "real"]),
  scalar("pow", [["real", "real"], "real"]),
  scalar("sqrt", [["real"], "real"]),
  scalar("isnan", [["real"], "bool"]),
  scalar("isinf", [["real"], "bool"]),
  scalar("isfinite", [["real"], "bool"]),
  scalar("max_of", [["common"], "common"], { repeats: 1 }),
  scalar("min_of", [["common"], "common"], { repeats: 1 }),
  scalar("rand", [["any"], "real"]),
];
