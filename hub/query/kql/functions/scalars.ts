/**
 * All scalar functions.
 *
 * @module
 */
import type { ScalarFunction } from "./define.ts";
import { CONVERSIONS } from "./conversions.ts";
import { DYNAMICS } from "./dynamics.ts";
import { HASHES } from "./hashes.ts";
import { NUMBERS } from "./numbers.ts";
import { OTHER_NAMES } from "./other_names.ts";
import { SKETCHES } from "./sketches.ts";
import { TEXTS } from "./texts.ts";
import { TIMES } from "./times.ts";

export const SCALARS: ReadonlyMap<string, ScalarFunction> = new Map([
  ...CONVERSIONS,
  ...DYNAMICS,
  ...HASHES,
  ...NUMBERS,
  ...OTHER_NAMES,
  ...SKETCHES,
  ...TEXTS,
  ...TIMES,
]);
