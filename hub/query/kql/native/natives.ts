/**
 * All native functions, by their name in SQL.
 *
 * @module
 */
import { DECIMALS } from "./decimal.ts";
import type { NativeFunction } from "./define.ts";
import { ARRAYS } from "./array.ts";
import { ARRAY_SORTS } from "./array_sort.ts";
import { BAGS } from "./bag.ts";
import { BAG_SHAPES } from "./bag_shape.ts";
import { SPECIAL_FUNCTIONS } from "./math/special.ts";
import { UNITS } from "./math/units.ts";
import { IPV4 } from "./net/ipv4.ts";
import { IPV6 } from "./net/ipv6.ts";
import { COMMAND_LINES } from "./parse/command_line.ts";
import { PATHS } from "./parse/path.ts";
import { TEXT_PARSERS } from "./parse/texts.ts";
import { URL_PARSERS } from "./parse/url.ts";
import { USER_AGENTS } from "./parse/user_agent.ts";
import { XML } from "./parse/xml.ts";
import { MADE_SERIES } from "./make_series.ts";
import { PAIRS } from "./parse_kv.ts";
import { SCHEMAS } from "./schema.ts";
import { SERIES_DECOMPOSITIONS } from "./series/decompose.ts";
import { SERIES_ELEMENTWISE } from "./series/elementwise.ts";
import { SERIES_FILLS } from "./series/fill.ts";
import { SERIES_FILTERS } from "./series/filter.ts";
import { SERIES_FITS } from "./series/fit.ts";
import { SERIES_FOURIER } from "./series/fourier.ts";
import { SERIES_PERIODS } from "./series/periods.ts";
import { SERIES_POLYNOMIALS } from "./series/polynomial.ts";
import { SERIES_SUMMARIES } from "./series/summary.ts";
import { SESSIONS } from "./sessions.ts";
import { SETS } from "./set.ts";
import { BASE64 } from "./text/base64.ts";
import { CHARACTERS } from "./text/characters.ts";
import { FORMAT_BYTES } from "./text/format_bytes.ts";
import { HASHES } from "./text/hash.ts";
import { PUNYCODES } from "./text/punycode.ts";
import { URL_CODES } from "./text/url.ts";
import { HLLS } from "./sketch/hll.ts";
import { TDIGESTS } from "./sketch/tdigest.ts";
import { TEXT_SEARCHES } from "./text_search.ts";
import { TIME_FORMATS } from "./time/format.ts";
import { TIME_ZONES } from "./time/zone.ts";
import { VALUE_TEXTS } from "./value_text.ts";

const FAMILIES: readonly (readonly NativeFunction[])[] = [
  ARRAYS,
  ARRAY_SORTS,
  BAGS,
  BAG_SHAPES,
  BASE64,
  CHARACTERS,
  COMMAND_LINES,
  DECIMALS,
  FORMAT_BYTES,
  HASHES,
  HLLS,
  IPV4,
  IPV6,
  PATHS,
  PUNYCODES,
  MADE_SERIES,
  PAIRS,
  SCHEMAS,
  SERIES_DECOMPOSITIONS,
  SERIES_ELEMENTWISE,
  SERIES_FILLS,
  SERIES_FILTERS,
  SERIES_FITS,
  SERIES_FOURIER,
  SERIES_PERIODS,
  SERIES_POLYNOMIALS,
  SERIES_SUMMARIES,
  SESSIONS,
  SETS,
  SPECIAL_FUNCTIONS,
  TDIGESTS,
  TEXT_PARSERS,
  TEXT_SEARCHES,
  TIME_FORMATS,
  TIME_ZONES,
  UNITS,
  URL_CODES,
  URL_PARSERS,
  USER_AGENTS,
  XML,
  VALUE_TEXTS,
];

export const NATIVES: ReadonlyMap<string, NativeFunction> = new Map(
  FAMILIES.flat().map((native) => [native.name, native]),
);
