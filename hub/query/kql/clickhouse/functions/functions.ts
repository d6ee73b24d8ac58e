/**
 * SQL of every scalar function and operator that ClickHouse has, by its name in the plan.
 *
 * @module
 */
import type { FunctionSql } from "../printer.ts";
import { ARITHMETIC_SQL } from "./arithmetic.ts";
import { DYNAMIC_SQL } from "./dynamic.ts";
import { LOGIC_SQL } from "./logic.ts";
import { MATH_SQL } from "./math.ts";
import { PLACE_SQL } from "./places.ts";
import { REGEX_SQL } from "./regex.ts";
import { TEXT_SQL } from "./text.ts";
import { TEXT_OPERATOR_SQL } from "./text_operators.ts";
import { TIME_SQL } from "./time.ts";

const TABLES = [
  ARITHMETIC_SQL,
  DYNAMIC_SQL,
  LOGIC_SQL,
  MATH_SQL,
  PLACE_SQL,
  REGEX_SQL,
  TEXT_SQL,
  TEXT_OPERATOR_SQL,
  TIME_SQL,
];

export const FUNCTIONS: ReadonlyMap<string, FunctionSql> = new Map(
  TABLES.flatMap((table) => Object.entries(table)),
);
