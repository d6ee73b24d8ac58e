/**
 * All scalar functions.
 *
 * @module
 */
import type { ScalarFunction } from "./define.ts";
import { CONVERSIONS } from "./conversions.ts";
import { DYNAMICS } from "./dynamics.ts";
import { NUMBERS } from "./numbers.ts";
import { TEXTS } from "./texts.ts";
import { TIMES } from "./times.ts";

export const SCALARS: ReadonlyMap<string, ScalarFunction> = new Map([
  ...CONVERSIONS,
  ...DYNAMICS,
  ...NUMBERS,
  ...TEXTS,
  ...TIMES,
]);
