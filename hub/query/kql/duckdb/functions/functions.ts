/**
 * SQL of every scalar function and operator, by its name in the plan.
 *
 * @module
 */
import type { FunctionSql } from "../printer.ts";
import { DYNAMIC_SQL } from "./dynamic.ts";
import { MATH_SQL } from "./math.ts";
import { OPERATOR_SQL } from "./operators.ts";
import { TEXT_SQL } from "./text.ts";
import { TIME_SQL } from "./time.ts";

export const FUNCTIONS: ReadonlyMap<string, FunctionSql> = new Map(
  [OPERATOR_SQL, TEXT_SQL, MATH_SQL, TIME_SQL, DYNAMIC_SQL].flatMap((table) =>
    Object.entries(table)
  ),
);
