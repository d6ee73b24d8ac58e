/**
 * All native functions, by their name in SQL.
 *
 * @module
 */
import type { NativeFunction } from "./define.ts";
import { DIGESTS } from "./digest.ts";
import { SERIES_DECOMPOSITIONS } from "./series/decompose.ts";
import { SERIES_ELEMENTWISE } from "./series/elementwise.ts";
import { SERIES_FILLS } from "./series/fill.ts";
import { SERIES_FILTERS } from "./series/filter.ts";
import { SERIES_FITS } from "./series/fit.ts";
import { SERIES_FOURIER } from "./series/fourier.ts";
import { SERIES_PERIODS } from "./series/periods.ts";
import { SERIES_SUMMARIES } from "./series/summary.ts";

const FAMILIES: readonly (readonly NativeFunction[])[] = [
  DIGESTS,
  SERIES_DECOMPOSITIONS,
  SERIES_ELEMENTWISE,
  SERIES_FILLS,
  SERIES_FILTERS,
  SERIES_FITS,
  SERIES_FOURIER,
  SERIES_PERIODS,
  SERIES_SUMMARIES,
];

export const NATIVES: ReadonlyMap<string, NativeFunction> = new Map(
  FAMILIES.flat().map((native) => [native.name, native]),
);
