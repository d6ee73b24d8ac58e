/**
 * All native functions, by their name in SQL.
 *
 * @module
 */
import type { NativeFunction } from "./define.ts";
import { ARRAYS } from "./array.ts";
import { ARRAY_SORTS } from "./array_sort.ts";
import { BAGS } from "./bag.ts";
import { SCHEMAS } from "./schema.ts";
import { SERIES_DECOMPOSITIONS } from "./series/decompose.ts";
import { SERIES_ELEMENTWISE } from "./series/elementwise.ts";
import { SERIES_FILLS } from "./series/fill.ts";
import { SERIES_FILTERS } from "./series/filter.ts";
import { SERIES_FITS } from "./series/fit.ts";
import { SERIES_FOURIER } from "./series/fourier.ts";
import { SERIES_PERIODS } from "./series/periods.ts";
import { SERIES_SUMMARIES } from "./series/summary.ts";
import { SETS } from "./set.ts";
import { BASE64 } from "./text/base64.ts";
import { CHARACTERS } from "./text/characters.ts";
import { FORMAT_BYTES } from "./text/format_bytes.ts";
import { HASHES } from "./text/hash.ts";
import { PUNYCODES } from "./text/punycode.ts";
import { URL_CODES } from "./text/url.ts";
import { TEXT_SEARCHES } from "./text_search.ts";

const FAMILIES: readonly (readonly NativeFunction[])[] = [
  ARRAYS,
  ARRAY_SORTS,
  BAGS,
  BASE64,
  CHARACTERS,
  FORMAT_BYTES,
  HASHES,
  PUNYCODES,
  SCHEMAS,
  SERIES_DECOMPOSITIONS,
  SERIES_ELEMENTWISE,
  SERIES_FILLS,
  SERIES_FILTERS,
  SERIES_FITS,
  SERIES_FOURIER,
  SERIES_PERIODS,
  SERIES_SUMMARIES,
  SETS,
  TEXT_SEARCHES,
  URL_CODES,
];

export const NATIVES: ReadonlyMap<string, NativeFunction> = new Map(
  FAMILIES.flat().map((native) => [native.name, native]),
);
